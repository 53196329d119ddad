using Simulation.Runs;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>A client of the simulated broker: it does one thing after the other, and lives on when the broker does not.</summary>
internal abstract class SimClient
{
    private readonly List<Wait> _waits = [];
    private int _connectionEpoch;

    /// <param name="world">The run.</param>
    /// <param name="name">The client's name.</param>
    protected SimClient(World world, string name)
    {
        World = world;
        Name = name;
    }

    /// <summary>The run.</summary>
    protected World World { get; }

    /// <summary>The client's name.</summary>
    public string Name { get; }

    /// <summary>The requests that wait for their answers.</summary>
    public IReadOnlyList<Wait> Waits => _waits;

    /// <summary>How many requests wait for their answers.</summary>
    public int Outstanding => _waits.Count;

    /// <summary>The shard that holds the client's connection.</summary>
    protected int HomeShard { get; private set; }

    /// <summary>The client's turn.</summary>
    public abstract void Act();

    /// <summary>Whether the client still works with a topic, which may be deleted: its name is not given to another one yet.</summary>
    public abstract bool Uses(string topic);

    /// <summary>Loses the connection: answers to what was asked will not be heard.</summary>
    public void Disconnect()
    {
        if (Outstanding > 0 || _connectionEpoch == 0) Reconnect();
    }

    private void Reconnect()
    {
        _connectionEpoch++;
        _waits.Clear();
        HomeShard = World.Random.Next(World.ShardCount);
        World.Trace.Note($"{Name} connects to shard {HomeShard}");
        Disconnected();
    }

    /// <summary>What was asked has an unknown outcome now.</summary>
    protected abstract void Disconnected();

    /// <summary>Asks the broker.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The version to speak.</param>
    /// <param name="onResponse">Called with the answer, while the connection is there.</param>
    /// <param name="onEnd">Called when there is none.</param>
    /// <param name="changes">A topic that the request changes and names by its name alone.</param>
    /// <param name="isResolvedWhenHandled">Whether the broker looks the name up when the request reaches its shard, and from then on knows which topic was meant.</param>
    /// <param name="onHandled">Called when the request reaches its shard.</param>
    protected void Send<TResponse>(IRequest request, short version, Action<TResponse> onResponse, Action<string>? onEnd = null, string? changes = null, bool isResolvedWhenHandled = false, Action<Shard>? onHandled = null)
        where TResponse : class, IMessage
    {
        int epoch = _connectionEpoch;
        var wait = new Wait(request.ApiKey, World.Clock.ElapsedMs);
        _waits.Add(wait);
        bool isOnItsWay = changes is not null;
        if (isOnItsWay) World.NamesOnTheirWay.Add(changes!);
        World.Machine.Submit(HomeShard, new SimRequest(request, version, Name, new ConnectionInfo { Id = epoch, ClientHost = Name },
            response => World.Machine.Deliver(() =>
            {
                Arrived();
                if (epoch == _connectionEpoch) Answered(wait, () => onResponse((TResponse)response));
            }),
            reason => World.Machine.Deliver(() =>
            {
                Arrived();
                if (epoch == _connectionEpoch) Answered(wait, () => Ended(reason));
            })) { OnHandled = Handled });

        void Ended(string reason)
        {
            World.Trace.Note($"{Name} ends {request.ApiKey}: {reason}");
            if (reason == SimRequest.CutWhileSending && World.DiskHasStruck)
            {
                Reconnect();
                return;
            }
            if (onEnd is null) throw new Violation($"{request.ApiKey} version {version} got no answer: {reason}");
            onEnd(reason);
        }

        void Handled(Shard home)
        {
            if (isResolvedWhenHandled) Arrived();
            onHandled?.Invoke(home);
        }

        void Arrived()
        {
            if (isOnItsWay) World.NamesOnTheirWay.Remove(changes!);
            isOnItsWay = false;
        }
    }

    /// <summary>A connection brings its answers in the order of its requests, whichever came about first.</summary>
    private void Answered(Wait wait, Action look)
    {
        wait.Look = look;
        while (_waits.Count > 0 && _waits[0].Look is { } first)
        {
            _waits.RemoveAt(0);
            first();
        }
    }

    /// <summary>A version by chance.</summary>
    protected short Version(short min, short max) => (short)World.Random.Next(min, max + 1);

    /// <summary>A request that waits for its answer.</summary>
    internal sealed class Wait(ApiKey key, long sinceMs)
    {
        /// <summary>What was asked.</summary>
        public ApiKey Key { get; } = key;

        /// <summary>Since when, in milliseconds of the simulated clock.</summary>
        public long SinceMs { get; } = sinceMs;

        /// <summary>Has the client look at the answer; null while there is none.</summary>
        public Action? Look { get; set; }
    }
}
