using System.Runtime.InteropServices;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.NodeAgent.Logs;

/// <summary>
/// Looks after the logs of running containers: notes when their bytes came (see <see cref="LogTimes"/>) and keeps them small.
/// A log grows at its end only; what is too old is given back to the file system by punching a hole at its head. So the
/// writer needs no signal to open a new file, no line is lost, and offsets stay valid for who follows the log.
/// </summary>
internal sealed class LogKeeper : IAsyncDisposable
{
    /// <summary>A log is cut when it has more than this many bytes…</summary>
    internal const long CutAboveBytes = 64L << 20;

    /// <summary>… to this many.</summary>
    internal const long KeepBytes = 32L << 20;

    private const long CheckEveryBytes = 4L << 20;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public LogKeeper() => _loop = Task.Run(RunAsync);

    /// <summary>Begins to look after a log; what it already holds without a time counts as new.</summary>
    public void Add(string logPath)
    {
        var marks = LogTimes.Read(logPath);
        if (marks.Count == 0) LogTimes.Append(logPath, new(0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        lock (_lock) _seen[logPath] = marks.Count == 0 ? 0 : marks[^1].Length;
    }

    /// <summary>Notes the last bytes of a log whose writer has ended, and forgets it.</summary>
    public void Remove(string logPath)
    {
        lock (_lock)
        {
            if (_seen.Remove(logPath, out var seen)) Look(logPath, seen);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    foreach (var (path, seen) in _seen.ToArray()) _seen[path] = Look(path, seen);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped: the processes write on, the next control plane looks again.
        }
    }

    private static long Look(string path, long seen)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length == seen) return seen;
        // It began anew on a file system without holes.
        if (file.Length < seen) seen = 0;
        var length = file.Length;
        LogTimes.Append(path, new(length, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        // Only a log that large can need it; reading the times each time would cost more than it brings.
        if (length > CutAboveBytes && length / CheckEveryBytes != seen / CheckEveryBytes
            && length - LogTimes.Head(LogTimes.Read(path)) > CutAboveBytes)
        {
            CutHead(path, length - KeepBytes);
        }
        return length;
    }

    /// <summary>Frees the file's blocks before the first line that begins at or after <paramref name="from"/>.</summary>
    internal static void CutHead(string path, long from)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var head = LogReader.NextLineStart(stream, from);
        LogTimes.TrimTo(path, head);
        const int Mode = Libc.FallocatePunchHole | Libc.FallocateKeepSize;
        if (Libc.FileAllocate((int)stream.SafeFileHandle.DangerousGetHandle(), Mode, 0, head) == 0) return;
        // A file system without holes: the log begins anew, which loses what was kept but bounds the disk just as well.
        _ = Marshal.GetLastPInvokeError();
        stream.SetLength(0);
        File.Delete(LogTimes.PathFor(path));
        LogTimes.Append(path, new(0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
    }
}
