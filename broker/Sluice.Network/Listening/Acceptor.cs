using System.Net;
using Sluice.Network.Connections;
using Sluice.Network.Loops;
using Sluice.Network.Native;

namespace Sluice.Network.Listening;

/// <summary>
/// Accepts a listener's connections on one loop and gives each to the loop that has the fewest. (With a socket a loop and
/// SO_REUSEPORT the kernel spreads by hash: few busy connections then often share one loop, and those that wait when a socket
/// closes are lost.)
/// </summary>
public sealed class Acceptor : IPollTarget, IDisposable
{
    private const int AcceptedATurnMax = 64;
    private const int PauseMs = 500;
    private const string OpenFilesLimit = "the number of open files (ulimit -n)";

    private readonly EventLoop _home;
    private readonly LoopShare[] _shares;
    private readonly ConnectionLimits _limits;
    private readonly INetworkEvents _events;
    private readonly Timer _resume;
    private readonly SpareDescriptor _spare = new();
    private readonly int _socket;
    private int _registration = -1;
    private int _connections;
    private int _next;
    private bool _paused;
    private bool _closed;
    private bool _started;

    /// <summary>Binds and listens at once; connections are accepted after <see cref="Start"/>.</summary>
    /// <param name="options">The listener.</param>
    /// <param name="loops">The loops that take its connections; the first also accepts.</param>
    /// <param name="limits">The counts shared by all listeners.</param>
    /// <param name="events">Told of refusals and pauses.</param>
    /// <exception cref="NetworkException">The address cannot be listened on.</exception>
    public Acceptor(ListenerOptions options, IReadOnlyList<EventLoop> loops, ConnectionLimits limits, INetworkEvents events)
    {
        Options = options;
        _home = loops[0];
        _shares = [.. loops.Select(loop => new LoopShare(loop))];
        _limits = limits;
        _events = events;
        _socket = ListenerSocket.Open(options);
        LocalAddress = SocketCalls.LocalAddress(_socket);
        _resume = new Timer(static state => ((Acceptor)state!).OnResumeTimer(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The listener.</summary>
    public ListenerOptions Options { get; }

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public IPEndPoint LocalAddress { get; }

    /// <summary>Begins to accept. The loops may be started before or after.</summary>
    public void Start()
    {
        _started = true;
        _home.Post(new Work(Watch));
    }

    /// <summary>Stops accepting and frees the address; connections live on. Ends when it is done.</summary>
    public Task CloseAsync()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _home.Post(new Work(() =>
        {
            Close();
            closed.SetResult();
        }));
        return closed.Task;
    }

    /// <summary>Frees the address of an acceptor that was never started; after <see cref="CloseAsync"/> there is nothing left to free.</summary>
    public void Dispose()
    {
        _resume.Dispose();
        _spare.Dispose();
        if (_closed || _started) return;
        _closed = true;
        _ = Libc.Close(_socket);
    }

    void IPollTarget.OnReady(PollEvents events)
    {
        for (int left = AcceptedATurnMax; left > 0; left--)
        {
            if (_limits.IsFull)
            {
                Pause("max.connections is reached");
                return;
            }
            if (Volatile.Read(ref _connections) >= Options.ConnectionsMax)
            {
                Pause("the listener's max.connections is reached");
                return;
            }
            int waitMs = Options.IsProtected ? 0 : _limits.Rate.WaitMs(EventLoop.NowMs);
            if (waitMs > 0)
            {
                Pause("max.connection.creation.rate is reached", waitMs);
                return;
            }
            int socket = SocketCalls.Accept(_socket, out IPEndPoint peer);
            if (socket >= 0) Place(socket, peer);
            else if (!GoOnAfter(-socket)) return;
        }
    }

    internal void Release(LoopShare share, IPAddress address)
    {
        share.Remove();
        _limits.Remove(address);
        Interlocked.Decrement(ref _connections);
    }

    private void Place(int socket, IPEndPoint peer)
    {
        if (!Options.IsProtected) _limits.Rate.Count();
        if (_limits.IsOutOfDescriptors)
        {
            Refuse(socket, peer, OpenFilesLimit);
            return;
        }
        if (!_limits.TryAdd(peer.Address))
        {
            Refuse(socket, peer, "max.connections.per.ip");
            return;
        }
        Interlocked.Increment(ref _connections);
        _ = SocketCalls.SetOption(socket, Linux.LevelTcp, Linux.OptionTcpNoDelay, 1);
        _ = SocketCalls.SetOption(socket, Linux.LevelSocket, Linux.OptionKeepAlive, 1);
        LoopShare share = LeastLoaded();
        share.Add();
        var connection = new Connection(share.Loop.Connections, socket, peer, Options, new Admission(this, share, peer.Address));
        if (share.Loop == _home) share.Loop.Connections.Adopt(connection);
        else share.Loop.Post(new Work(() => share.Loop.Connections.Adopt(connection)));
    }

    private void Refuse(int socket, IPEndPoint peer, string limit)
    {
        _ = Libc.Close(socket);
        _events.ConnectionRefused(Options.Name, peer.Address, limit);
    }

    /// <summary>The loop with the fewest connections; among equals the next in turn.</summary>
    private LoopShare LeastLoaded()
    {
        LoopShare best = _shares[_next];
        int bestAt = _next;
        for (int i = 1; i < _shares.Length; i++)
        {
            int at = (_next + i) % _shares.Length;
            if (_shares[at].Connections >= best.Connections) continue;
            best = _shares[at];
            bestAt = at;
        }
        _next = (bestAt + 1) % _shares.Length;
        return best;
    }

    /// <summary>Whether accepting goes on after an error. Errors of one connection pass; a shortage of the system pauses.</summary>
    private bool GoOnAfter(int errno)
    {
        if (errno == Errno.Again) return false;
        if (errno is Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.NoMemory or Errno.NoBufferSpace)
        {
            if (errno is Errno.TooManyFiles or Errno.TooManyFilesInSystem) RefuseWaiting();
            Pause(Errno.Describe(errno));
            return false;
        }
        return true;
    }

    /// <summary>No descriptor is free: takes the clients that wait, one after the other, and closes them.</summary>
    private void RefuseWaiting()
    {
        for (int left = AcceptedATurnMax; left > 0 && _spare.IsHeld; left--)
        {
            _spare.GiveUp();
            int socket = SocketCalls.Accept(_socket, out IPEndPoint peer);
            if (socket >= 0) Refuse(socket, peer, OpenFilesLimit);
            _spare.TakeBack();
            if (socket < 0) return;
        }
    }

    private void Pause(string cause, int milliseconds = PauseMs)
    {
        if (_paused) return;
        _paused = true;
        // Where even this is refused the listener stays watched, and this is tried again each turn.
        if (_home.Poller.SetInterest(_registration, _socket, PollEvents.None) != 0) _paused = false;
        else _resume.Change(milliseconds, Timeout.Infinite);
        _events.AcceptPaused(Options.Name, cause);
    }

    private void OnResumeTimer() => _home.Post(new Work(Watch));

    /// <summary>Watches the listener, at the start and after a pause; tries again a little later when the kernel refuses.</summary>
    private void Watch()
    {
        if (_closed) return;
        _spare.TakeBack();
        int errno = _registration < 0
            ? _home.Poller.TryRegister(_socket, PollEvents.Readable, this, out _registration)
            : _home.Poller.SetInterest(_registration, _socket, PollEvents.Readable);
        _paused = errno != 0;
        if (errno == 0) return;
        _resume.Change(PauseMs, Timeout.Infinite);
        _events.AcceptPaused(Options.Name, $"the listener cannot be watched: {Errno.Describe(errno)}");
    }

    private void Close()
    {
        if (_closed) return;
        _closed = true;
        if (_registration >= 0) _home.Poller.Unregister(_registration);
        _ = Libc.Close(_socket);
        _spare.Dispose();
        _resume.Dispose();
    }

    private sealed class Work(Action action) : IWorkItem
    {
        public void Execute() => action();
    }
}
