using System.Runtime.InteropServices;

namespace Sluice.Broker.Hosting;

/// <summary>Ends of the process, by the code that it exits with.</summary>
internal static partial class ProcessEnd
{
    /// <summary>It did what it was asked for.</summary>
    internal const int Success = 0;

    /// <summary>It could not start.</summary>
    internal const int StartFailed = 1;

    /// <summary>The arguments or properties are wrong.</summary>
    internal const int BadConfiguration = 2;

    /// <summary>A disk can no longer be trusted or an invariant is broken.</summary>
    internal const int Halted = 3;

    /// <summary>It was stopped, but its logs could not be closed cleanly; the next start checks them.</summary>
    internal const int UncleanStop = 4;

    /// <summary>
    /// Ends the process now. Nothing else runs, no finalizer and no other thread: a shard whose state may be wrong must not
    /// acknowledge another write.
    /// </summary>
    internal static void Now(int code) => Exit(code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
