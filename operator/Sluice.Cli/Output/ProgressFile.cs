using System.Text.Json;

namespace Sluice.Cli.Output;

/// <summary>
/// How a detached control plane tells the command that started it what it does: JSON lines in a file, which the starter
/// reads as they come. A file outlives both, a pipe would tie one to the other.
/// </summary>
internal sealed class ProgressFile(string path) : IReporter
{
    private readonly Lock _lock = new();

    public void Waiting(string text) => Write(ProgressKind.Waiting, text);

    public void Done(string text) => Write(ProgressKind.Done, text);

    public void Warning(string text) => Write(ProgressKind.Warning, text);

    /// <summary>The last line: everything is ready, and how to connect.</summary>
    public void Ready(string text) => Write(ProgressKind.Ready, text);

    /// <summary>The last line: it did not work, and why.</summary>
    public void Failed(string text) => Write(ProgressKind.Failed, text);

    /// <summary>The lines that a file holds after a number of bytes, and the number of bytes read so far.</summary>
    public static (IReadOnlyList<ProgressLine> Lines, long Position) Read(string path, long position)
    {
        if (!File.Exists(path)) return ([], position);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = position;
        var bytes = new byte[Math.Max(0, stream.Length - position)];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        // The last line may still be on its way.
        var end = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        var lines = new List<ProgressLine>();
        foreach (var range in bytes.AsSpan(0, end).Split((byte)'\n'))
        {
            var line = bytes.AsSpan(0, end)[range];
            if (line.IsEmpty) continue;
            using var document = JsonDocument.Parse(line.ToArray());
            lines.Add(new(
                Enum.Parse<ProgressKind>(document.RootElement.GetProperty("kind").GetString()!),
                document.RootElement.GetProperty("text").GetString()!));
        }
        return (lines, position + end);
    }

    private void Write(ProgressKind kind, string text)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", kind.ToString());
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        lock (_lock)
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.Write(buffer.ToArray());
        }
    }
}

/// <summary>What a line of a progress file says.</summary>
internal enum ProgressKind
{
    Waiting,
    Done,
    Warning,
    Ready,
    Failed,
}

/// <summary>One line of a progress file.</summary>
internal readonly record struct ProgressLine(ProgressKind Kind, string Text);
