using System.Text.Json.Nodes;
using Sluice.Kubernetes.Leases;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class LeaderElectorTests
{
    private readonly ManualTime _time = new();
    private readonly Lock _lock = new();
    private JsonObject? _lease;
    private int _version;
    private bool _down;

    [Fact]
    public async Task One_of_two_leads_and_the_other_follows_when_it_stops()
    {
        (LeaderElector first, LeaderElector second) = (Elector("one"), Elector("two"));
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        Task one = first.RunAsync(Forever, stopFirst.Token);
        await UntilAsync(() => first.IsLeader);
        Task two = second.RunAsync(Forever, stopSecond.Token);
        for (int i = 0; i < 80; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            // The clock waits for the renewal that is due every two seconds, so that a loaded machine does not miss the deadline.
            for (int wait = 0; wait < 300 && _time.GetUtcNow() - RenewedAt() > TimeSpan.FromSeconds(4); wait++) await Task.Delay(10);
        }
        Assert.True(first.IsLeader);
        Assert.False(second.IsLeader);

        await stopFirst.CancelAsync();
        await one;
        Assert.Equal("", _lease!["spec"]!["holderIdentity"]!.ToString());
        await UntilAsync(() => second.IsLeader);
        Assert.Equal(1, _lease["spec"]!["leaseTransitions"]!.GetValue<int>());
        await stopSecond.CancelAsync();
        await two;
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_loses_and_its_work_is_stopped()
    {
        LeaderElector elector = Elector("one");
        bool stopped = false;
        Task run = elector.RunAsync(async cancellation =>
        {
            await Forever(cancellation);
            stopped = true;
        }, default);
        await UntilAsync(() => elector.IsLeader);
        _down = true;
        await UntilAsync(() => run.IsCompleted);
        await Assert.ThrowsAsync<LeadershipLostException>(() => run);
        await UntilAsync(() => stopped);
    }

    [Fact]
    public async Task A_lease_whose_holder_is_silent_is_taken_over_after_its_time()
    {
        _lease = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "l", ["namespace"] = "ns", ["resourceVersion"] = "0" },
            ["spec"] = new JsonObject { ["holderIdentity"] = "dead", ["leaseDurationSeconds"] = 15, ["leaseTransitions"] = 4 },
        };
        DateTimeOffset start = _time.GetUtcNow();
        LeaderElector elector = Elector("one");
        using var stop = new CancellationTokenSource();
        Task run = elector.RunAsync(Forever, stop.Token);
        await UntilAsync(() => elector.IsLeader);
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(15));
        Assert.Equal(5, _lease["spec"]!["leaseTransitions"]!.GetValue<int>());
        await stop.CancelAsync();
        await run;
    }

    private static async Task Forever(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private DateTimeOffset RenewedAt()
    {
        lock (_lock) return DateTimeOffset.Parse(_lease!["spec"]!["renewTime"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task UntilAsync(Func<bool> condition) => _time.AdvanceUntilAsync(condition, TimeSpan.FromSeconds(0.5));

    private LeaderElector Elector(string identity) => new(
        new ScriptedServer(Answer).Client(_time), new LeaderElectorOptions { Namespace = "ns", Name = "l", Identity = identity, Time = _time });

    private HttpResponseMessage Answer(HttpRequestMessage request, string body)
    {
        if (_down) throw new HttpRequestException("down");
        lock (_lock)
        {
            if (request.Method == HttpMethod.Get) return _lease is null ? ScriptedServer.Failure(404, "NotFound") : ScriptedServer.Json(_lease.ToJsonString());
            JsonObject sent = JsonNode.Parse(body)!.AsObject();
            bool stale = request.Method == HttpMethod.Post ? _lease is not null : sent["metadata"]!["resourceVersion"]!.ToString() != _lease!["metadata"]!["resourceVersion"]!.ToString();
            if (stale) return ScriptedServer.Failure(409, "Conflict");
            sent["metadata"]!["resourceVersion"] = (++_version).ToString();
            _lease = sent;
            return ScriptedServer.Json(sent.ToJsonString());
        }
    }
}
