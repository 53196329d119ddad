using System.Text;
using Sluice.Local.NodeAgent.Logs;
using Support;

namespace Sluice.Local.NodeAgent.Tests;

public sealed class LogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Log => Path.Combine(_folder, "0.log");

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "c\n")]
    [InlineData(2, "b\nc\n")]
    [InlineData(9, "a\nb\nc\n")]
    public async Task The_last_lines_are_read(int lines, string expected)
    {
        await File.WriteAllTextAsync(Log, "a\nb\nc\n");
        Assert.Equal(expected, await Read(new() { TailLines = lines }));
    }

    [Fact]
    public async Task A_last_line_without_its_end_counts_as_a_line()
    {
        await File.WriteAllTextAsync(Log, "a\nb\nc");
        Assert.Equal("b\nc", await Read(new() { TailLines = 2 }));
        Assert.Equal("b\nc", LogReader.Tail(Log, 2, 100));
        Assert.Equal("\nc", LogReader.Tail(Log, 2, 2));
    }

    [Fact]
    public async Task Output_stops_at_the_byte_limit()
    {
        await File.WriteAllTextAsync(Log, "abc\ndef\n");
        Assert.Equal("abc\nd", await Read(new() { LimitBytes = 5 }));
    }

    [Fact]
    public async Task Lines_carry_the_time_when_they_were_first_seen_and_are_selected_by_it()
    {
        await File.WriteAllTextAsync(Log, "a\nb\nc\n");
        var start = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        LogTimes.Append(Log, new(0, start.ToUnixTimeMilliseconds()));
        LogTimes.Append(Log, new(2, start.AddSeconds(1).ToUnixTimeMilliseconds()));
        LogTimes.Append(Log, new(6, start.AddSeconds(9).ToUnixTimeMilliseconds()));
        Assert.Equal(
            "2026-01-02T03:04:06.678000000Z a\n2026-01-02T03:04:14.678000000Z b\n2026-01-02T03:04:14.678000000Z c\n",
            await Read(new() { Timestamps = true }));
        Assert.Equal("b\nc\n", await Read(new() { Since = start.AddSeconds(5) }));
        Assert.Equal("", await Read(new() { Since = start.AddSeconds(50) }));
    }

    [Fact]
    public async Task A_followed_log_ends_with_its_writer()
    {
        await File.WriteAllTextAsync(Log, "a\n");
        var ended = false;
        var output = new MemoryStream();
        var copy = LogReader.CopyAsync(Log, new(), output, () => Volatile.Read(ref ended), CancellationToken.None);
        await Wait.UntilAsync(() => output.Length == 2);
        await File.AppendAllTextAsync(Log, "b\n");
        Volatile.Write(ref ended, true);
        await copy.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("a\nb\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task The_head_of_a_long_log_is_given_back_and_its_offsets_stay()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 50_000; i++) text.Append(null, $"line {i:D8}\n");
        await File.WriteAllTextAsync(Log, text.ToString());
        LogTimes.Append(Log, new(0, 1));
        LogTimes.Append(Log, new(text.Length, 2));
        LogKeeper.CutHead(Log, 14 * 40_000 + 3);
        var kept = await Read(new());
        Assert.StartsWith("line 00040001\n", kept, StringComparison.Ordinal);
        Assert.EndsWith("line 00049999\n", kept, StringComparison.Ordinal);
        Assert.Equal(text.Length, new FileInfo(Log).Length);
        Assert.Equal("line 00049999\n", await Read(new() { TailLines = 1 }));
        Assert.Equal(kept, await Read(new() { TailLines = 1_000_000 }));
    }

    [Fact]
    public async Task The_keeper_notes_times_of_a_growing_log()
    {
        await using var keeper = new LogKeeper();
        await File.WriteAllTextAsync(Log, "a\n");
        keeper.Add(Log);
        // The mark of the start, and that of the first line.
        await Wait.UntilAsync(() => LogTimes.Read(Log).Count >= 2);
        await Task.Delay(20);
        await File.AppendAllTextAsync(Log, "b\n");
        keeper.Remove(Log);
        var lines = (await Read(new() { Timestamps = true })).Split('\n');
        Assert.True(string.CompareOrdinal(lines[0], lines[1]) < 0, string.Join("|", lines));
        Assert.EndsWith(" b", lines[1], StringComparison.Ordinal);
    }

    private async Task<string> Read(LogQuery query)
    {
        var output = new MemoryStream();
        await LogReader.CopyAsync(Log, query, output, null, CancellationToken.None);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
