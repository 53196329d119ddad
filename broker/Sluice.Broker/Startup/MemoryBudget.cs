using Sluice.Core.Configuration;

namespace Sluice.Broker.Startup;

/// <summary>How the memory that the broker may take is shared out, so that no client can make it take more.</summary>
/// <param name="TotalBytes">All of it (<c>sluice.memory.max.bytes</c>). The page cache, which the kernel takes back when it needs to, is not in it.</param>
/// <param name="RequestBytes">Requests that arrive or are being answered (<c>queued.max.request.bytes</c>).</param>
/// <param name="AnswerBytes">Answers in memory that clients have not taken.</param>
/// <param name="RequestBytesMax">One request (<c>socket.request.max.bytes</c>, or less where there is little memory).</param>
internal sealed record MemoryBudget(long TotalBytes, long RequestBytes, long AnswerBytes, int RequestBytesMax)
{
    /// <summary>What a broker needs to do anything.</summary>
    internal const long TotalBytesMin = 128L * 1024 * 1024;

    private const int RequestBytesMaxLeast = 4 * 1024 * 1024;

    /// <summary>What may be noted at the start: a property that cannot be kept; null when there is none.</summary>
    internal string? Note { get; private init; }

    /// <param name="properties">The properties.</param>
    /// <param name="shards">How many event loops share the memory.</param>
    /// <param name="systemBytes">What the machine or the control group has.</param>
    /// <param name="errors">Takes what is wrong.</param>
    internal static MemoryBudget From(BrokerProperties properties, int shards, long systemBytes, List<string> errors)
    {
        long given = properties.Long("sluice.memory.max.bytes");
        // The other half is for the page cache, which a broker lives on.
        long total = given > 0 ? given : Math.Max(TotalBytesMin, systemBytes / 2);
        if (given > 0 && given < TotalBytesMin)
            errors.Add($"sluice.memory.max.bytes={given} is less than a broker needs: give it {TotalBytesMin} or more, or -1 for half of what the machine or its control group has.");
        else if (given > systemBytes)
            errors.Add($"sluice.memory.max.bytes={given} is more than the {systemBytes} that the machine or its control group has: give it less, or -1 for half of that.");
        long queued = properties.Long("queued.max.request.bytes");
        long requests = queued > 0 ? queued : total / 4;
        int wanted = properties.Int("socket.request.max.bytes");
        int request = (int)Math.Min(wanted, Math.Max(RequestBytesMaxLeast, total / 4 / shards));
        return new MemoryBudget(total, requests, total / 8, request)
        {
            Note = request < wanted
                ? $"requests of more than {request} bytes are refused, as the broker may take {total} bytes of memory (sluice.memory.max.bytes); socket.request.max.bytes is {wanted}"
                : null,
        };
    }
}
