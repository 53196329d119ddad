using System.Runtime.InteropServices;

namespace Sluice.Cli;

/// <summary>
/// Notices that the reading end of the standard output was closed. A write would not tell: .NET passes over the error, since a filter such
/// as <c>head</c> may have enough; and a command that waits writes nothing.
/// </summary>
internal static partial class OutputPipe
{
    private const int StandardOutput = 1;
    private const short Error = 0x8;
    private const short HangUp = 0x10;

    /// <summary>Calls the action, on a thread of its own, when the reader has gone; never for a file, or for an output that was closed from the start.</summary>
    public static void WhenClosed(Action action)
    {
        if (OperatingSystem.IsWindows()) return;
        var thread = new Thread(() => { if (Wait()) action(); }, maxStackSize: 128 * 1024) { IsBackground = true, Name = "output-pipe" };
        thread.Start();
    }

    private static bool Wait()
    {
        const int Interrupted = 4;
        var output = new PollDescriptor { Descriptor = StandardOutput };
        while (Poll(ref output, 1, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted) return false;
        }

        return (output.Returned & (Error | HangUp)) != 0;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMs);

    /// <summary>struct pollfd; errors are told without being asked for.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Requested;
        public short Returned;
    }
}
