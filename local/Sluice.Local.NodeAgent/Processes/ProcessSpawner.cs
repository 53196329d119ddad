using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>
/// Starts a process with posix_spawn: in a session and group of its own, so that neither Ctrl-C nor a closed terminal reaches
/// it; with its output on a file rather than on a pipe, so that it does not break when this process dies; with all signals at
/// their defaults (.NET ignores SIGPIPE, which a child would inherit).
/// </summary>
internal static unsafe class ProcessSpawner
{
    // Larger than sigset_t (128), posix_spawnattr_t (336) and posix_spawn_file_actions_t (80) of glibc and musl.
    private const int NativeStructBytes = 1024;

    private static readonly Lock DescriptorLock = new();
    private static bool _descriptorsClosed;

    /// <summary>Starts the process and returns its pid; it is a child of this process and must be waited for.</summary>
    /// <exception cref="ProcessStartException">The program cannot be executed.</exception>
    public static int Spawn(ProcessStart start)
    {
        CloseInheritedDescriptorsOnExec();
        using var text = new NativeStrings();
        var attributes = stackalloc byte[NativeStructBytes];
        var actions = stackalloc byte[NativeStructBytes];
        Check(Libc.SpawnAttributesInit(attributes), "posix_spawnattr_init");
        Check(Libc.SpawnActionsInit(actions), "posix_spawn_file_actions_init");
        try
        {
            SetSignals(attributes);
            RedirectStreams(actions, text, start);
            var arguments = text.Array([start.Program, .. start.Arguments]);
            var environment = text.Array(start.Environment.Select(e => $"{e.Key}={e.Value}"));
            int pid;
            var error = Libc.PosixSpawn(&pid, text.Add(start.Program), actions, attributes, arguments, environment);
            if (error != 0)
                throw new ProcessStartException($"cannot start {start.Program}: {Marshal.GetPInvokeErrorMessage(error)}");
            return pid;
        }
        finally
        {
            Check(Libc.SpawnActionsDestroy(actions), "posix_spawn_file_actions_destroy");
            Check(Libc.SpawnAttributesDestroy(attributes), "posix_spawnattr_destroy");
        }
    }

    private static void SetSignals(byte* attributes)
    {
        var set = stackalloc byte[NativeStructBytes];
        Check(Libc.SignalSetEmpty(set), "sigemptyset");
        Check(Libc.SpawnAttributesSetSignalMask(attributes, set), "posix_spawnattr_setsigmask");
        Check(Libc.SignalSetFill(set), "sigfillset");
        Check(Libc.SpawnAttributesSetSignalDefaults(attributes, set), "posix_spawnattr_setsigdefault");
        const short Flags = Libc.SpawnNewSession | Libc.SpawnSetSignalMask | Libc.SpawnSetSignalDefaults;
        Check(Libc.SpawnAttributesSetFlags(attributes, Flags), "posix_spawnattr_setflags");
    }

    private static void RedirectStreams(byte* actions, NativeStrings text, ProcessStart start)
    {
        const int OwnerReadWrite = 0x180;
        const int OutputFlags = Libc.WriteOnly | Libc.Create | Libc.Append;
        Check(Libc.SpawnActionsAddOpen(actions, 0, text.Add("/dev/null"), Libc.ReadOnly, 0), "addopen");
        Check(Libc.SpawnActionsAddOpen(actions, 1, text.Add(start.OutputFile), OutputFlags, OwnerReadWrite), "addopen");
        Check(Libc.SpawnActionsAddDuplicate(actions, 1, 2), "adddup2");
        Check(Libc.SpawnActionsAddCloseFrom(actions, 3), "addclosefrom_np");
        Check(Libc.SpawnActionsAddChangeDirectory(actions, text.Add(start.WorkingDirectory)), "addchdir_np");
    }

    /// <summary>
    /// .NET opens everything close-on-exec, but what this process inherited from its own parent is not: a pipe that some caller
    /// reads to its end would stay open for as long as a pod lives. For C libraries without addclosefrom_np.
    /// </summary>
    private static void CloseInheritedDescriptorsOnExec()
    {
        lock (DescriptorLock)
        {
            if (_descriptorsClosed) return;
            foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            {
                if (!int.TryParse(Path.GetFileName(path), out var descriptor) || descriptor <= 2) continue;
                // A descriptor of the enumeration itself may be closed by now; that is no harm.
                if (Libc.FileControl(descriptor, Libc.FileGetDescriptorFlags, 0) >= 0)
                    _ = Libc.FileControl(descriptor, Libc.FileSetDescriptorFlags, Libc.CloseOnExec);
            }
            _descriptorsClosed = true;
        }
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Strings in native memory for the time of one call.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public byte* Add(string value)
        {
            if (value.Contains('\0')) throw new ProcessStartException("an argument or environment value holds a NUL character");
            var bytes = Encoding.UTF8.GetBytes(value);
            var block = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
            _blocks.Add((nint)block);
            bytes.CopyTo(new Span<byte>(block, bytes.Length));
            block[bytes.Length] = 0;
            return block;
        }

        public byte** Array(IEnumerable<string> values)
        {
            var pointers = values.Select(v => (nint)Add(v)).ToArray();
            var block = (byte**)NativeMemory.Alloc((nuint)pointers.Length + 1, (nuint)sizeof(byte*));
            _blocks.Add((nint)block);
            for (var i = 0; i < pointers.Length; i++) block[i] = (byte*)pointers[i];
            block[pointers.Length] = null;
            return block;
        }

        public void Dispose()
        {
            foreach (var block in _blocks) NativeMemory.Free((void*)block);
        }
    }
}
