using System.Buffers.Binary;
using Support;

namespace Compatibility.Clients;

/// <summary>What lies in a broker's log files.</summary>
internal static class Logs
{
    /// <summary>The codecs of a topic's batches: a client that mistakes the broker for an old one quietly leaves compression out.</summary>
    public static int[] CodecsOf(TestBroker broker, string topic)
    {
        var codecs = new SortedSet<int>();
        foreach (string file in Directory.GetFiles(broker.Data, "*.log", SearchOption.AllDirectories).Where(f => Path.GetFileName(Path.GetDirectoryName(f))!.StartsWith($"{topic}-", StringComparison.Ordinal)))
        {
            byte[] log = File.ReadAllBytes(file);
            for (int at = 0; at + 61 <= log.Length;)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(at + 8));
                if (length == 0) break; // what lies ahead of the end
                codecs.Add(log[at + 22] & 7);
                at += 12 + length;
            }
        }

        return [.. codecs];
    }
}
