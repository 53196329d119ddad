using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming.Groups;

/// <summary>Keeps the membership alive in the background, and gives it up when the program stops polling.</summary>
internal sealed class Heartbeats(ConsumerOptions options, GroupMember member, CoordinatorLink coordinator, ConsumerErrors errors) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private long _polled = options.Clock.GetTimestamp();

    public void Start()
    {
        if (_loop.IsCompleted) _loop = Task.Run(Loop);
    }

    /// <summary>The program polls.</summary>
    public void Polled() => Volatile.Write(ref _polled, options.Clock.GetTimestamp());

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task Loop()
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.HeartbeatInterval, options.Clock, _stopping.Token).ConfigureAwait(false);
                if (!member.IsActive) continue;
                if (options.Clock.GetElapsedTime(Volatile.Read(ref _polled)) > options.MaxPollInterval) await GiveUp().ConfigureAwait(false);
                else await Beat().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer is closed.
        }
    }

    private async Task GiveUp()
    {
        int generation = member.Self.Generation;
        string id = member.Self.MemberId;
        member.Lose(generation, keepsId: true);
        await member.LeaveAsync($"no poll within {options.MaxPollInterval.TotalSeconds:0} s (member {id})", options.RequestTimeout, _stopping.Token).ConfigureAwait(false);
    }

    private async Task Beat()
    {
        Committer self = member.Self;
        var request = new HeartbeatRequest { GroupId = options.GroupId!, GenerationId = self.Generation, MemberId = self.MemberId, GroupInstanceId = self.InstanceId };
        try
        {
            HeartbeatResponse response = await coordinator.SendAsync(request, ConnectionUse.Coordinator, options.SessionTimeout, _stopping.Token).ConfigureAwait(false);
            Heed(response.ErrorCode, self.Generation);
        }
        catch (BrokerUnreachableException)
        {
            // The next beat looks for the coordinator again; it decides how long a silence may be.
        }
        catch (KafkaException e) when (e.IsRetriable)
        {
            // There is no coordinator now.
        }
        catch (KafkaException e)
        {
            errors.Add(e);
        }
    }

    private void Heed(ErrorCode error, int generation)
    {
        switch (error)
        {
            case ErrorCode.None:
                break;
            case ErrorCode.RebalanceInProgress:
                member.Rejoin();
                break;
            case ErrorCode.IllegalGeneration:
                member.Lose(generation, keepsId: true);
                break;
            case ErrorCode.UnknownMemberId:
                member.Lose(generation, keepsId: false);
                break;
            case ErrorCode.FencedInstanceId:
                member.Lose(generation, keepsId: false);
                errors.Add(KafkaException.For(error, $"another member with the instance id '{options.GroupInstanceId}' took this one's place", $"staying in group '{options.GroupId}'"));
                break;
            default:
                if (CoordinatorLink.Moved(error)) coordinator.Forget();
                else if (!error.IsRetriable()) errors.Add(KafkaException.For(error, null, $"staying in group '{options.GroupId}'"));
                break;
        }
    }
}
