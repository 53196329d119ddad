using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sluice.Broker.Logging;

namespace Sluice.Broker.Tests;

public sealed class LoggingTests
{
    [Fact]
    public void A_JSON_line_holds_the_sentence_and_its_values()
    {
        string[] lines = Lines(new JsonLogFormat(), log => BrokerLog.ConnectionClosed(log, 7, "127.0.0.1:5", "PLAINTEXT", "BadRequest", "a \"quote\"\nand more"));
        JsonElement line = JsonDocument.Parse(Assert.Single(lines)).RootElement;
        Assert.Equal("warning", line.GetProperty("level").GetString());
        Assert.Equal("test", line.GetProperty("area").GetString());
        Assert.Equal("ConnectionClosed", line.GetProperty("event").GetString());
        Assert.Equal(7, line.GetProperty("connection").GetInt64());
        Assert.Equal("a \"quote\"\nand more", line.GetProperty("detail").GetString());
        Assert.StartsWith("connection 7 from 127.0.0.1:5", line.GetProperty("message").GetString());
        Assert.True(line.GetProperty("time").GetDateTime() > DateTime.UtcNow.AddMinutes(-1));
    }

    [Fact]
    public void Text_is_for_people_and_cannot_be_forged_by_clients()
    {
        string[] lines = Lines(new TextLogFormat(colors: false), log => BrokerLog.CoreWarning(log, "client \e[2J said\rx", new IOException("gone")));
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d warn  test: client \\u001b\[2J said\\u000dx$", lines[0]);
        Assert.Contains("System.IO.IOException: gone", lines[1]);
    }

    [Fact]
    public void Levels_below_the_least_are_not_written_and_the_framework_is_quieter()
    {
        var stream = new MemoryStream();
        using (var output = new LogOutput(stream, new TextLogFormat(false)))
        {
            using var provider = new BrokerLoggerProvider(output, LogLevel.Information);
            Assert.False(provider.CreateLogger("broker").IsEnabled(LogLevel.Debug));
            Assert.True(provider.CreateLogger("broker").IsEnabled(LogLevel.Information));
            Assert.False(provider.CreateLogger("Microsoft.AspNetCore").IsEnabled(LogLevel.Information));
        }
    }

    [Fact]
    public void A_reader_that_does_not_read_stops_nobody_and_learns_what_it_missed()
    {
        using var stream = new StuckStream();
        using (var output = new LogOutput(stream, new TextLogFormat(false)))
        {
            using var provider = new BrokerLoggerProvider(output, LogLevel.Information);
            ILogger log = provider.CreateLogger("test");
            for (int i = 0; i < 30_000; i++) BrokerLog.CoreInformation(log, "an event");
            stream.Release();
        }
        string text = Encoding.UTF8.GetString(stream.Written.ToArray());
        Assert.Contains("events were dropped", text);
        Assert.InRange(text.Split('\n').Length, 10_000, 20_100);
    }

    [Fact]
    public void A_storm_of_events_is_cut_short()
    {
        var stream = new MemoryStream();
        int shown = 0;
        using (var output = new LogOutput(stream, new TextLogFormat(false)))
        {
            using var provider = new BrokerLoggerProvider(output, LogLevel.Information);
            var throttle = new LogThrottle(provider.CreateLogger("test"), "bad client");
            for (int i = 0; i < 1000; i++) shown += throttle.MayShow() ? 1 : 0;
        }
        Assert.InRange(shown, 10, 30);
    }

    private static string[] Lines(LogFormat format, Action<ILogger> write)
    {
        var stream = new MemoryStream();
        using (var output = new LogOutput(stream, format))
        {
            using var provider = new BrokerLoggerProvider(output, LogLevel.Debug);
            write(provider.CreateLogger("test"));
        }
        return Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n');
    }

    private sealed class StuckStream : Stream
    {
        private readonly ManualResetEventSlim _released = new(false);

        public MemoryStream Written { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Written.Length;

        public override long Position { get; set; }

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _released.Wait();
            Written.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) _released.Dispose();
            base.Dispose(disposing);
        }
    }
}
