using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Support;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tests.Fuzz;

/// <summary>
/// One step: a random message in a random version, damaged, is read. It is refused, or what was read can be written and read again;
/// nothing else may happen, and no more memory may be taken than the budget says. A step depends on its seed alone.
/// </summary>
internal static class MessageFuzzer
{
    private static readonly string[] Names = [.. Schemas.All.Keys];

    /// <summary>Null when all is well, else what is wrong.</summary>
    public static string? Step(int seed)
    {
        var random = new Random(seed);
        string name = Names[random.Next(Names.Length)];
        short version = (short)random.Next(Schemas.All[name].Versions.Low, Schemas.All[name].Versions.High + 1);
        byte[] bytes = MessageFiller.New(name, version, new RandomSource(random.Next(), elementsMax: random.Next(6))).ToBytes(version);
        byte[] foreign = new byte[random.Next(64)];
        random.NextBytes(foreign);
        byte[] damaged = new ByteMutator(random).Mutate(bytes, foreign);
        try
        {
            return Read(name, version, damaged);
        }
        catch (Exception error)
        {
            return $"{name} version {version}: {error}\n{Convert.ToHexString(damaged)}";
        }
    }

    private static string? Read(string name, short version, byte[] bytes)
    {
        IMessage message = Schemas.New(name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool accepted = true;
        try
        {
            message.ReadAll(bytes.AsMemory(), version);
        }
        catch (ProtocolException)
        {
            accepted = false;
        }
        long made = GC.GetAllocatedBytesForCurrentThread() - before;
        // Room beside the budget: the exception, and code compiled on its first use.
        if (made > (2 * AllocationBudget.ForUntrusted(bytes.Length)) + (64 * 1024)) return $"{name} version {version}: {made} bytes made for {bytes.Length}";
        if (!accepted) return null;
        byte[] written = message.ToBytes(version);
        IMessage again = Schemas.New(name);
        again.ReadAll(written.AsMemory(), version);
        return MessageComparer.Difference(message, again, name) is string difference
            ? $"version {version}: {difference}\n{Convert.ToHexString(bytes)}"
            : written.AsSpan().SequenceEqual(again.ToBytes(version)) ? null : $"{name} version {version}: written twice, differs\n{Convert.ToHexString(bytes)}";
    }
}
