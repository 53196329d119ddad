using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>
/// Takes events from any thread without blocking it and writes them on a thread of its own. When whoever reads the output does not
/// keep up, events are dropped and counted rather than stop a shard.
/// </summary>
internal sealed class LogOutput : IDisposable
{
    private const int WaitingMax = 10_000;
    private const int BufferedMax = 64 * 1024;

    private readonly ConcurrentQueue<LogEntry> _waiting = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Lock _writing = new();
    private readonly StringBuilder _text = new(1024);
    private readonly Stream _stream;
    private readonly LogFormat _format;
    private readonly Thread _thread;
    private int _count;
    private long _dropped;
    private volatile bool _closed;

    internal LogOutput(Stream stream, LogFormat format)
    {
        _stream = stream;
        _format = format;
        _thread = new Thread(Run) { Name = "log", IsBackground = true };
        _thread.Start();
    }

    internal void Add(LogEntry entry)
    {
        if (Interlocked.Increment(ref _count) > WaitingMax && entry.Level < LogLevel.Critical)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
            return;
        }
        _waiting.Enqueue(entry);
        if (!_closed) _signal.Release();
    }

    /// <summary>Writes what waits, on the calling thread: for a process about to end.</summary>
    internal void Flush()
    {
        // A reader that does not read must not keep a failing process alive.
        if (!_writing.TryEnter(TimeSpan.FromSeconds(1))) return;
        try
        {
            WriteWaiting();
        }
        finally
        {
            _writing.Exit();
        }
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _signal.Release();
        _thread.Join(TimeSpan.FromSeconds(2));
        Flush();
        _signal.Dispose();
    }

    private void Run()
    {
        while (!_closed)
        {
            _signal.Wait();
            lock (_writing) WriteWaiting();
        }
    }

    private void WriteWaiting()
    {
        while (_waiting.TryDequeue(out LogEntry? entry))
        {
            Interlocked.Decrement(ref _count);
            _format.Write(entry, _text);
            if (_text.Length >= BufferedMax) WriteBuffer();
        }
        long dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped > 0)
        {
            string message = $"{dropped} events were dropped because the log's reader did not keep up";
            _format.Write(new LogEntry(DateTimeOffset.UtcNow, LogLevel.Warning, "log", default, message, [], null), _text);
        }
        WriteBuffer();
    }

    private void WriteBuffer()
    {
        if (_text.Length == 0) return;
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(_text.ToString()));
            _stream.Flush();
        }
        catch (IOException)
        {
            // The reader of the log is gone (a closed pipe). There is nowhere left to tell it, and the broker serves on.
        }
        _text.Clear();
    }
}
