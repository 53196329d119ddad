using System.Diagnostics;
using Benchmarks.Driving;

namespace Benchmarks.Limits;

/// <summary>A bare server as a process of its own, so that its processor time is its own.</summary>
internal sealed class BareProcess : IDisposable
{
    private const string Announcement = "listens on ";
    private readonly Process _process;

    private BareProcess(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{string.Join(' ', arguments)} ended before it listened");
        Address = line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..];
    }

    internal string Address { get; }

    internal TimeSpan CpuTime => Native.CpuTime(_process.Id);

    /// <summary>Answers each frame with itself.</summary>
    internal static BareProcess Echo() => new("echo-server");

    /// <summary>Answers each request of the Kafka protocol with the same bytes.</summary>
    internal static BareProcess Respond(byte[] answer) => new("null-server", Convert.ToHexString(answer));

    /// <summary>Sends parts of a file.</summary>
    internal static BareProcess SendFile(string path) => new("sendfile-server", path);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
