using Simulation.Runs;
using Sluice.Core.Requests;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>A client of the simulated broker: it does one thing after the other, and lives on when the broker does not.</summary>
internal abstract class SimClient
{
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

    /// <summary>How many requests wait for their answers.</summary>
    public int Outstanding { get; private set; }

    /// <summary>The shard that holds the client's connection.</summary>
    protected int Shard { get; private set; }

    /// <summary>The client's turn.</summary>
    public abstract void Act();

    /// <summary>Whether the client still works with a topic, which may be deleted: its name is not given to another one yet.</summary>
    public abstract bool Uses(string topic);

    /// <summary>Loses the connection: answers to what was asked will not be heard.</summary>
    public void Disconnect()
    {
        if (Outstanding == 0 && _connectionEpoch > 0) return;
        _connectionEpoch++;
        Outstanding = 0;
        Shard = World.Random.Next(World.ShardCount);
        World.Trace.Note($"{Name} connects to shard {Shard}");
        Disconnected();
    }

    /// <summary>What was asked has an unknown outcome now.</summary>
    protected abstract void Disconnected();

    /// <summary>Asks the broker.</summary>
    protected void Send<TResponse>(IRequest request, short version, Action<TResponse> onResponse, Action<string>? onEnd = null)
        where TResponse : class, IMessage
    {
        int epoch = _connectionEpoch;
        Outstanding++;
        World.Machine.Submit(Shard, new SimRequest(request, version, Name, new ConnectionInfo { Id = epoch, ClientHost = Name },
            response => World.Machine.Deliver(() =>
            {
                if (epoch != _connectionEpoch) return;
                Outstanding--;
                onResponse((TResponse)response);
            }),
            reason => World.Machine.Deliver(() =>
            {
                if (epoch != _connectionEpoch) return;
                Outstanding--;
                World.Trace.Note($"{Name} ends {request.ApiKey}: {reason}");
                if (reason == SimRequest.CutWhileSending && World.Disk.FaultsInjected > 0)
                {
                    Disconnect();
                    return;
                }
                if (onEnd is null) throw new Violation($"{request.ApiKey} version {version} got no answer: {reason}");
                onEnd(reason);
            })));
    }

    /// <summary>A version by chance.</summary>
    protected short Version(short min, short max) => (short)World.Random.Next(min, max + 1);
}
