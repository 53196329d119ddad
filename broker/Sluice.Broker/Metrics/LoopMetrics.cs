using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sluice.Broker.Hosting;
using Sluice.Network;

namespace Sluice.Broker.Metrics;

/// <summary>What the event loops count, read when asked for.</summary>
internal static class LoopMetrics
{
    internal static void Register(Meter meter, IReadOnlyList<ShardLoop> loops, BackgroundWorkers workers)
    {
        KeyValuePair<string, object?>[] tags = [.. loops.Select(loop => new KeyValuePair<string, object?>("shard", loop.Loop.Index))];

        void Counter(string name, string description, Func<LoopCounters, long> read) => meter.CreateObservableCounter(
            name, () => loops.Select((loop, i) => new Measurement<long>(read(loop.Loop.Counters), tags[i])), description: description);

        void Seconds(string name, string description, Func<LoopCounters, long> read) => meter.CreateObservableCounter(
            name, () => loops.Select((loop, i) => new Measurement<double>((double)read(loop.Loop.Counters) / Stopwatch.Frequency, tags[i])), description: description);

        void Gauge(string name, string description, Func<ShardLoop, long> read) => meter.CreateObservableGauge(
            name, () => loops.Select((loop, i) => new Measurement<long>(read(loop), tags[i])), description: description);

        Counter("sluice_network_received_bytes_total", "Bytes received from clients", c => c.BytesReceived);
        Counter("sluice_network_sent_bytes_total", "Bytes sent to clients", c => c.BytesSent);
        Counter("sluice_network_sendfile_bytes_total", "Of the bytes sent, those that went from file to socket within the kernel", c => c.BytesSentFromFiles);
        Counter("sluice_network_requests_total", "Requests received", c => c.Requests);
        Counter("sluice_loop_turns_total", "Turns of the event loop", c => c.Turns);
        Counter("sluice_loop_sleeps_total", "Times that the event loop blocked for want of work", c => c.Sleeps);
        Seconds("sluice_loop_busy_seconds_total", "Time that the event loop worked", c => c.BusyTicks);
        Seconds("sluice_loop_spin_seconds_total", "Time that the event loop polled for work before it blocked", c => c.SpinTicks);
        Gauge("sluice_connections", "Open connections", loop => loop.Loop.Counters.Connections);
        Gauge("sluice_network_receive_buffer_bytes", "Bytes of requests that are arriving or being answered", loop => loop.Loop.Counters.ReceiveBufferBytes);
        Gauge("sluice_loop_messages_waiting", "Messages of other shards and background threads that wait", loop => loop.MessagesWaiting);
        meter.CreateObservableGauge("sluice_background_tasks_waiting", () => workers.Waiting, description: "Work that waits for a background thread");
    }
}
