using System.Text;

namespace Benchmarks.Driving;

/// <summary>Values that look like log lines: words and numbers, which lz4 makes about half as long.</summary>
internal static class SampleText
{
    private static readonly string[] Words =
    [
        "order", "customer", "payment", "accepted", "warehouse", "shipment", "created", "delivered", "region", "north", "status", "pending",
        "amount", "currency", "EUR", "account", "session", "request", "latency", "milliseconds", "retry", "broker", "partition", "offset",
    ];

    internal static byte[] Make(Random random, int bytes)
    {
        var text = new StringBuilder(bytes + 32);
        while (text.Length < bytes) text.Append(Words[random.Next(Words.Length)]).Append('=').Append(random.Next(1_000_000_000)).Append(' ');
        return Encoding.ASCII.GetBytes(text.ToString(0, bytes));
    }
}
