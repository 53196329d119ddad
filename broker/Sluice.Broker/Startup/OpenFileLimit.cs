using System.Runtime.InteropServices;

namespace Sluice.Broker.Startup;

/// <summary>How many files and sockets the process may have open (RLIMIT_NOFILE).</summary>
internal static partial class OpenFileLimit
{
    private const int ResourceOpenFiles = 7;

    /// <summary>For the runtime, the listeners and the HTTP endpoint.</summary>
    private const int OwnDescriptors = 256;

    /// <summary>What the open segments of logs take at most; where there are fewer, those unused for longest are closed.</summary>
    private const int LogDescriptors = 12_288;

    /// <summary>Raises the limit to the most that this user may have, and answers what it then is; null where the system does not say.</summary>
    internal static long? Raise()
    {
        if (GetLimit(ResourceOpenFiles, out Limit limit) != 0) return null;
        if (limit.Soft < limit.Hard)
        {
            var raised = new Limit { Soft = limit.Hard, Hard = limit.Hard };
            if (SetLimit(ResourceOpenFiles, in raised) == 0) limit = raised;
        }
        return (long)Math.Min(limit.Soft, int.MaxValue);
    }

    /// <summary>For how many connections that many descriptors are enough.</summary>
    internal static int ConnectionsMax(long descriptors) =>
        (int)Math.Max(1, descriptors - OwnDescriptors - Math.Min(LogDescriptors, descriptors / 4));

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
