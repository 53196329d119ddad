using System.Globalization;
using System.Text;

namespace Sluice.Local.NodeAgent.Logs;

/// <summary>What part of a log is wanted, in the terms of the API's log subresource.</summary>
public sealed record LogQuery
{
    /// <summary>Only the last lines; null: all that is kept.</summary>
    public long? TailLines { get; init; }

    /// <summary>Only lines that came at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Stop after this many bytes of output.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Begin each line with the time when it came, in RFC 3339 form.</summary>
    public bool Timestamps { get; init; }
}

/// <summary>Reads a container's log file: its kept part, from the head or a number of lines, on to the end and beyond.</summary>
internal static class LogReader
{
    private const int ChunkBytes = 64 * 1024;
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Writes the wanted part of a log. When <paramref name="writerEnded"/> is given the log is followed until it says true and
    /// everything has been written.
    /// </summary>
    public static async Task CopyAsync(
        string path, LogQuery query, Stream output, Func<bool>? writerEnded, CancellationToken cancellation)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        }
        catch (FileNotFoundException)
        {
            return;
        }
        await using (file.ConfigureAwait(false))
        {
            var marks = LogTimes.Read(path);
            var position = Start(file, marks, query);
            var writer = new LineWriter(path, query, output, position);
            while (true)
            {
                // Asked before reading: what came before the end is then surely read.
                var ended = writerEnded is null || writerEnded();
                await writer.CopyToEndAsync(file, ended, cancellation).ConfigureAwait(false);
                if (ended || writer.LimitReached) return;
                await output.FlushAsync(cancellation).ConfigureAwait(false);
                await Task.Delay(FollowPeriod, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The last lines of a log as text, at most so many bytes of them.</summary>
    public static string Tail(string path, int lines, int bytesMax)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            var marks = LogTimes.Read(path);
            var head = LogTimes.Head(marks);
            var start = Math.Max(StartOfLastLines(file, head, lines), file.Length - bytesMax);
            var bytes = new byte[file.Length - start];
            file.Position = start;
            var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    /// <summary>Offset after the first line feed at or after an offset; the end of the file when there is none.</summary>
    internal static long NextLineStart(FileStream file, long from)
    {
        if (from <= 0) return 0;
        var chunk = new byte[ChunkBytes];
        // One byte back: a line may begin exactly here.
        file.Position = from - 1;
        while (true)
        {
            var start = file.Position;
            var read = file.Read(chunk);
            if (read == 0) return start;
            var feed = chunk.AsSpan(0, read).IndexOf((byte)'\n');
            if (feed >= 0) return start + feed + 1;
        }
    }

    private static long Start(FileStream file, IReadOnlyList<LogTimes.Mark> marks, LogQuery query)
    {
        var start = LogTimes.Head(marks);
        if (query.Since is { } since)
        {
            var limit = since.ToUnixTimeMilliseconds();
            var before = marks.TakeWhile(m => m.UnixMs < limit).Count();
            if (before > 0) start = Math.Max(start, NextLineStart(file, marks[before - 1].Length));
        }
        return query.TailLines is { } lines ? Math.Max(start, StartOfLastLines(file, start, lines)) : start;
    }

    private static long StartOfLastLines(FileStream file, long head, long lines)
    {
        var end = file.Length;
        if (lines <= 0) return end;
        var chunk = new byte[ChunkBytes];
        // The line feed that ends the last line does not begin another.
        var wanted = lines;
        for (var at = end; at > head;)
        {
            var size = (int)Math.Min(ChunkBytes, at - head);
            at -= size;
            file.Position = at;
            file.ReadExactly(chunk, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                if (chunk[i] != '\n' || at + i == end - 1) continue;
                if (--wanted == 0) return at + i + 1;
            }
        }
        return head;
    }

    /// <summary>Copies bytes on, with each line's time before it when asked, up to the limit.</summary>
    private sealed class LineWriter(string path, LogQuery query, Stream output, long position)
    {
        private readonly byte[] _chunk = new byte[ChunkBytes];
        private IReadOnlyList<LogTimes.Mark> _marks = LogTimes.Read(path);
        private long _position = position;
        private long _written;
        private bool _atLineStart = true;

        public bool LimitReached => query.LimitBytes is { } limit && _written >= limit;

        public async Task CopyToEndAsync(FileStream file, bool writerEnded, CancellationToken cancellation)
        {
            if (query.Timestamps) _marks = LogTimes.Read(path);
            // The file began anew on a file system without holes.
            if (file.Length < _position) _position = 0;
            while (!LimitReached)
            {
                file.Position = _position;
                var read = await file.ReadAsync(_chunk, cancellation).ConfigureAwait(false);
                // With times a line waits until its time is noted, unless nobody notes any more.
                if (query.Timestamps && !writerEnded) read = (int)Math.Min(read, Noted() - _position);
                if (read <= 0) return;
                if (query.Timestamps) await WriteStampedAsync(read, cancellation).ConfigureAwait(false);
                else await WriteAsync(_chunk.AsMemory(0, read), cancellation).ConfigureAwait(false);
                _position += read;
            }
        }

        private long Noted() => _marks.Count == 0 ? 0 : _marks[^1].Length;

        private async Task WriteStampedAsync(int length, CancellationToken cancellation)
        {
            for (var at = 0; at < length && !LimitReached;)
            {
                var feed = _chunk.AsSpan(at, length - at).IndexOf((byte)'\n');
                var end = feed < 0 ? length : at + feed + 1;
                if (_atLineStart) await WriteAsync(Stamp(_position + at), cancellation).ConfigureAwait(false);
                await WriteAsync(_chunk.AsMemory(at, end - at), cancellation).ConfigureAwait(false);
                _atLineStart = feed >= 0;
                at = end;
            }
        }

        private byte[] Stamp(long offset)
        {
            var index = LogTimes.FirstIndexAbove(_marks, offset);
            var time = index < _marks.Count ? DateTimeOffset.FromUnixTimeMilliseconds(_marks[index].UnixMs) : DateTimeOffset.UtcNow;
            return Encoding.ASCII.GetBytes(
                time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture));
        }

        private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
        {
            if (query.LimitBytes is { } limit && bytes.Length > limit - _written) bytes = bytes[..(int)(limit - _written)];
            await output.WriteAsync(bytes, cancellation).ConfigureAwait(false);
            _written += bytes.Length;
        }
    }
}
