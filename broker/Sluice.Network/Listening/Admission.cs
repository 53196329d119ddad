using System.Net;
using Sluice.Network.Connections;
using Sluice.Network.Loops;

namespace Sluice.Network.Listening;

/// <summary>One connection's place in the counts of its address, listener, process and loop; given back when it closes.</summary>
internal sealed class Admission(Acceptor acceptor, LoopShare share, IPAddress address) : IAdmission
{
    void IAdmission.Release() => acceptor.Release(share, address);
}

/// <summary>A loop that takes connections, and how many it was given.</summary>
internal sealed class LoopShare(EventLoop loop)
{
    private int _connections;

    internal EventLoop Loop { get; } = loop;

    internal int Connections => Volatile.Read(ref _connections);

    internal void Add() => Interlocked.Increment(ref _connections);

    internal void Remove() => Interlocked.Decrement(ref _connections);
}
