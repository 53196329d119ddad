using System.Runtime.InteropServices;

namespace Sluice.Broker.Hosting;

/// <summary>How a thread yields to others when the processors are busy. What .NET calls the priority of a thread does nothing on Linux.</summary>
internal static partial class ThreadNiceness
{
    private const int OfThread = 0;
    private const int CallingThread = 0;

    /// <summary>Makes the calling thread yield; 0 is ordinary, 19 takes only what nobody else wants. Refused by the kernel it stays as it is.</summary>
    internal static void Set(int niceness) => _ = SetPriority(OfThread, CallingThread, niceness);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int niceness);
}
