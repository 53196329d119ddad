using System.Globalization;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Events;

/// <summary>
/// Writes events that people see in <c>kubectl describe</c>. Equal events become one with a count; an object that makes too many is
/// cut off for a while. Never blocks and never fails its caller: events are help, not state.
/// </summary>
public sealed class EventRecorder : IAsyncDisposable
{
    private const int WaitingMax = 1000;
    private const int NoteBytesMax = 1024;
    private readonly KubernetesClient _client;
    private readonly string _controller;
    private readonly string _instance;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly EventCorrelator _correlator;
    private readonly Channel<Pending> _waiting = Channel.CreateBounded<Pending>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;

    /// <summary>Starts a recorder.</summary>
    /// <param name="client">Where events are written.</param>
    /// <param name="controller">Name of the reporting controller, as in <c>sluice.dev/operator</c>.</param>
    /// <param name="instance">Name of this process.</param>
    /// <param name="time">Clock.</param>
    /// <param name="log">Where failures to write go.</param>
    public EventRecorder(KubernetesClient client, string controller, string instance, TimeProvider? time = null, ILogger? log = null)
    {
        _client = client;
        _controller = controller;
        _instance = instance.Length <= 128 ? instance : instance[..128];
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
        _correlator = new EventCorrelator(_time);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Records that something went as it should.</summary>
    /// <param name="regarding">The object.</param>
    /// <param name="reason">Why, as one CamelCase word.</param>
    /// <param name="action">What was done, as one CamelCase word.</param>
    /// <param name="note">For people; cut to 1 KiB.</param>
    public void Normal(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note) => Record(regarding, "Normal", reason, action, note);

    /// <summary>Records that something needs attention.</summary>
    /// <inheritdoc cref="Normal" path="/param"/>
    public void Warning(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note) => Record(regarding, "Warning", reason, action, note);

    /// <summary>Writes what waits, for two seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete()) return;
        _stop.CancelAfter(TimeSpan.FromSeconds(2));
        await _writing;
        _stop.Dispose();
    }

    private void Record(IKubernetesObject<V1ObjectMeta> regarding, string type, string reason, string action, string note)
    {
        var kind = ResourceType.Of(regarding.GetType());
        var reference = new V1ObjectReference
        {
            ApiVersion = kind.ApiVersion,
            Kind = kind.Kind,
            Name = regarding.Metadata.Name,
            NamespaceProperty = regarding.Metadata.NamespaceProperty,
            Uid = regarding.Metadata.Uid,
            ResourceVersion = regarding.Metadata.ResourceVersion,
        };
        _waiting.Writer.TryWrite(new Pending(reference, type, reason, action, Cut(note), _time.GetUtcNow()));
    }

    private static string Cut(string note)
    {
        while (System.Text.Encoding.UTF8.GetByteCount(note) > NoteBytesMax) note = note[..Math.Min(note.Length - 1, NoteBytesMax - 1)];
        return note;
    }

    private async Task WriteAllAsync()
    {
        await foreach (Pending pending in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await WriteAsync(pending, _stop.Token);
            }
            catch (Exception error) when (error is ApiException or HttpRequestException or IOException or TimeoutException or OperationCanceledException)
            {
                EventLog.Lost(_log, pending.Reason, pending.Regarding.Name ?? "", error.Message);
            }
        }
    }

    private async Task WriteAsync(Pending pending, CancellationToken cancellation)
    {
        string key = string.Join('\0', pending.Regarding.Uid ?? pending.Regarding.Name, pending.Type, pending.Reason, pending.Action, pending.Note);
        EventCorrelator.Verdict verdict = _correlator.Judge(key, pending.Regarding.Uid ?? "");
        if (verdict.IsSpam) return;
        if (verdict.Existing is { } known)
        {
            known.Series = new Eventsv1EventSeries { Count = verdict.Count, LastObservedTime = pending.Time.UtcDateTime };
            try
            {
                _correlator.Remember(key, await _client.UpdateAsync(known, null, cancellation));
                return;
            }
            catch (ApiException error) when (error.IsNotFound || error.IsConflict)
            {
                // Events live an hour: this one is gone, or changed by somebody. A new one takes its place.
            }
        }
        _correlator.Remember(key, await _client.CreateAsync(NewEvent(pending), null, cancellation));
    }

    private Eventsv1Event NewEvent(Pending pending)
    {
        string name = pending.Regarding.Name ?? "unknown";
        return new Eventsv1Event
        {
            Metadata = new()
            {
                // Unique by time, as client-go names them; the object's name is cut so that the whole is a valid name.
                Name = (name.Length <= 200 ? name : name[..200]) + "." + pending.Time.UtcTicks.ToString("x", CultureInfo.InvariantCulture),
                NamespaceProperty = pending.Regarding.NamespaceProperty ?? "default",
            },
            EventTime = pending.Time.UtcDateTime,
            Type = pending.Type,
            Reason = pending.Reason,
            Action = pending.Action,
            Note = pending.Note,
            Regarding = pending.Regarding,
            ReportingController = _controller,
            ReportingInstance = _instance,
        };
    }

    private sealed record Pending(V1ObjectReference Regarding, string Type, string Reason, string Action, string Note, DateTimeOffset Time);
}
