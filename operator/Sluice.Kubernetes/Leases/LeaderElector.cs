using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Metrics;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Leases;

/// <summary>
/// Lets one of several processes lead, by a Lease. Time is measured on the own clock only, from the moment a change of the lease was
/// seen, so clocks need not agree. The leader stops leading <see cref="LeaderElectorOptions.RenewDeadline"/> after its last renewal,
/// before anybody else may begin.
/// </summary>
public sealed class LeaderElector
{
    private readonly KubernetesClient _client;
    private readonly LeaderElectorOptions _options;
    private readonly ILogger _log;
    private readonly KeyValuePair<string, object?> _tag;
    private V1Lease? _seen;
    private long _seenAt;

    /// <summary>Makes an elector; it does nothing until <see cref="RunAsync"/>.</summary>
    /// <exception cref="ArgumentException">The times are not in order.</exception>
    public LeaderElector(KubernetesClient client, LeaderElectorOptions options, ILogger? log = null)
    {
        if (options.LeaseDuration <= options.RenewDeadline || options.RenewDeadline <= options.RetryPeriod * 1.2)
            throw new ArgumentException("LeaseDuration must exceed RenewDeadline, and RenewDeadline 1.2 times RetryPeriod.", nameof(options));
        _client = client;
        _options = options;
        _log = log ?? NullLogger.Instance;
        _tag = new("name", options.Name);
        LeaderMetrics.Master.Add(0, _tag);
    }

    /// <summary>Whether this process leads now.</summary>
    public bool IsLeader { get; private set; }

    /// <summary>
    /// Waits to become leader, then runs <paramref name="lead"/>. Its token is cancelled when leading ends; the lease is released once
    /// it has returned.
    /// </summary>
    /// <exception cref="LeadershipLostException">The lease could not be renewed: the process must end.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        if (!await AcquireAsync(cancellation)) return;
        LeaderLog.Leading(_log, _options.Identity, _options.Name);
        IsLeader = true;
        LeaderMetrics.Master.Add(1, _tag);
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task work = Task.Run(() => lead(leading.Token), CancellationToken.None);
        try
        {
            bool lost = !await RenewAsync(work, cancellation);
            await leading.CancelAsync();
            if (lost) throw new LeadershipLostException($"The lease {_options.Namespace}/{_options.Name} could not be renewed within {_options.RenewDeadline.TotalSeconds:0} s.");
            await work;
        }
        finally
        {
            IsLeader = false;
            LeaderMetrics.Master.Add(-1, _tag);
            // Released only when the work is over, else two would lead.
            if (work.IsCompleted) await ReleaseAsync();
        }
    }

    private async Task<bool> AcquireAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (await TryTakeAsync(cancellation)) return true;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception error) when (IsOperational(error))
            {
                LeaderLog.Failed(_log, _options.Name, error.Message);
            }
            if (!await WaitAsync(_options.RetryPeriod * (1 + 0.2 * Random.Shared.NextDouble()), cancellation)) return false;
        }
        return false;
    }

    /// <summary>Renews until the work ends or the process is asked to stop (true), or until the deadline passes (false).</summary>
    private async Task<bool> RenewAsync(Task work, CancellationToken cancellation)
    {
        long renewedAt = _options.Time.GetTimestamp();
        while (true)
        {
            Task pause = Task.Delay(_options.RetryPeriod, _options.Time, cancellation);
            if (await Task.WhenAny(work, pause) == work || cancellation.IsCancellationRequested) return true;
            TimeSpan left = _options.RenewDeadline - _options.Time.GetElapsedTime(renewedAt);
            if (left <= TimeSpan.Zero) return false;
            using var deadline = new CancellationTokenSource(left, _options.Time);
            try
            {
                // A write that met a change of the lease says nothing about its holder: look again.
                if (await TryTakeAsync(deadline.Token)) renewedAt = _options.Time.GetTimestamp();
                else if (_seen?.Spec?.HolderIdentity != _options.Identity) return false;
            }
            catch (Exception error) when (IsOperational(error) || error is OperationCanceledException)
            {
                LeaderLog.Failed(_log, _options.Name, error.Message);
            }
        }
    }

    /// <summary>Takes or renews the lease; false when somebody else holds it.</summary>
    private async Task<bool> TryTakeAsync(CancellationToken cancellation)
    {
        V1Lease? lease = await _client.TryGetAsync<V1Lease>(_options.Namespace, _options.Name, cancellation);
        DateTime now = _options.Time.GetUtcNow().UtcDateTime;
        if (lease is null)
        {
            lease = new V1Lease { Metadata = new() { Name = _options.Name, NamespaceProperty = _options.Namespace }, Spec = NewSpec(now, now, 0) };
            return await WriteAsync(() => _client.CreateAsync(lease, null, cancellation));
        }
        Observe(lease);
        string holder = lease.Spec?.HolderIdentity ?? "";
        bool mine = holder == _options.Identity;
        TimeSpan valid = TimeSpan.FromSeconds(lease.Spec?.LeaseDurationSeconds ?? _options.LeaseDuration.TotalSeconds);
        if (!mine && holder.Length > 0 && _options.Time.GetElapsedTime(_seenAt) < valid) return false;
        int changes = lease.Spec?.LeaseTransitions ?? 0;
        lease.Spec = NewSpec(mine ? lease.Spec!.AcquireTime ?? now : now, now, mine ? changes : changes + 1);
        return await WriteAsync(() => _client.UpdateAsync(lease, null, cancellation));
    }

    private async Task<bool> WriteAsync(Func<Task<V1Lease>> write)
    {
        try
        {
            Observe(await write());
            return true;
        }
        catch (ApiException error) when (error.IsConflict || error.IsAlreadyExists)
        {
            return false;
        }
    }

    private void Observe(V1Lease lease)
    {
        if (_seen is not null && _seen.Metadata.ResourceVersion == lease.Metadata.ResourceVersion) return;
        _seen = ApiJson.Copy(lease);
        _seenAt = _options.Time.GetTimestamp();
    }

    private V1LeaseSpec NewSpec(DateTime acquired, DateTime renewed, int changes) => new()
    {
        HolderIdentity = _options.Identity,
        LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
        AcquireTime = acquired,
        RenewTime = renewed,
        LeaseTransitions = changes,
    };

    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(_options.RetryPeriod);
        try
        {
            V1Lease? lease = await _client.TryGetAsync<V1Lease>(_options.Namespace, _options.Name, limit.Token);
            if (lease?.Spec is null || lease.Spec.HolderIdentity != _options.Identity) return;
            // An empty holder lets the next candidate begin at once.
            lease.Spec.HolderIdentity = "";
            lease.Spec.LeaseDurationSeconds = 1;
            await _client.UpdateAsync(lease, null, limit.Token);
            LeaderLog.Released(_log, _options.Name);
        }
        catch (Exception error) when (IsOperational(error) || error is OperationCanceledException)
        {
            LeaderLog.Failed(_log, _options.Name, error.Message);
        }
    }

    private async Task<bool> WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(time, _options.Time, cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static bool IsOperational(Exception error) => error is ApiException or HttpRequestException or IOException or TimeoutException;
}
