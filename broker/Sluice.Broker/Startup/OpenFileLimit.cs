using System.Runtime.InteropServices;

namespace Sluice.Broker.Startup;

/// <summary>How many files and sockets the process may have open (RLIMIT_NOFILE), and what that is enough for.</summary>
/// <param name="Descriptors">The soft limit.</param>
internal readonly partial record struct OpenFileLimit(long Descriptors)
{
    /// <summary>With fewer the start is refused: some connections and segments must be possible beside what the process itself needs.</summary>
    internal const int DescriptorsMin = OwnDescriptors + 32;

    private const int ResourceOpenFiles = 7;

    /// <summary>The assemblies of a broker with its HTTP endpoint take 125, its loops and listeners some more.</summary>
    private const int OwnDescriptors = 160;

    /// <summary>Kept for the open segments of logs at most; where there are fewer, those unused for longest are closed.</summary>
    private const int LogDescriptors = 12_288;

    /// <summary>Enough for all open segments and some thousand connections.</summary>
    private const int DescriptorsAdvised = 16_384;

    /// <summary>For how many connections the descriptors are enough.</summary>
    internal int ConnectionsMax => (int)Math.Clamp(Left - KeptForSegments, 1, int.MaxValue);

    /// <summary>Why the broker cannot start with so few; null when it can.</summary>
    internal string? Error => Descriptors >= DescriptorsMin ? null :
        $"This process may have {Descriptors} open files, and a broker needs {DescriptorsMin} at least: raise the hard limit (ulimit -Hn, LimitNOFILE of systemd), best to {DescriptorsAdvised} or more.";

    /// <summary>What to tell at the start where there are few; null where there are enough.</summary>
    internal string? Note => Descriptors >= DescriptorsAdvised ? null :
        $"this process may have {Descriptors} open files only: connections beyond {ConnectionsMax} are refused, and the segments of many partitions are closed and opened in turns; "
        + $"raise the hard limit (ulimit -Hn, LimitNOFILE of systemd) to {DescriptorsAdvised} or more";

    private long Left => Descriptors - OwnDescriptors;

    private long KeptForSegments => Math.Clamp(Left / 4, 1, LogDescriptors);

    /// <summary>
    /// Raises the soft limit to the hard one, as the Java virtual machine does for Kafka: the soft limit protects programs that use
    /// select(), which this one does not. Null where the system does not say.
    /// </summary>
    internal static OpenFileLimit? Raise()
    {
        if (GetLimit(ResourceOpenFiles, out Limit limit) != 0) return null;
        if (limit.Soft < limit.Hard)
        {
            var raised = new Limit { Soft = limit.Hard, Hard = limit.Hard };
            if (SetLimit(ResourceOpenFiles, in raised) == 0) limit = raised;
        }
        return new OpenFileLimit((long)Math.Min(limit.Soft, int.MaxValue));
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
