using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Benchmarks.Driving;

/// <summary>What fetches have brought.</summary>
internal sealed class FetchTally
{
    internal long Requests { get; set; }

    internal long Bytes { get; set; }

    internal int InFlight { get; set; }
}

/// <summary>
/// Reads one partition, whose batches are all of one size, from its beginning to its end again and again. As it knows where batches
/// begin, it needs to look at no record, and the kernel drops them: it costs next to nothing beside the server.
/// </summary>
internal sealed class FetchConnection : LoadConnection
{
    internal const short Version = 16;
    private const int HeadBytes = 256;

    private readonly FetchTally _tally;
    private readonly FetchedLog _log;
    private readonly bool _onlyOnce;
    private readonly FetchRequest _request;
    private long _offset;
    private bool _awaits;

    internal FetchConnection(string address, FetchedLog log, int fetchBytes, bool onlyOnce, FetchTally tally)
        : base(address)
    {
        _log = log;
        _tally = tally;
        _onlyOnce = onlyOnce;
        _request = FetchRequests.Make(log.Topic, [0], fetchBytes, minBytes: 1);
    }

    /// <summary>All was read once.</summary>
    internal bool IsAtEnd { get; private set; }

    protected override int HeadBytesMax => HeadBytes;

    internal override void Begin(long now) => Ask();

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        int records = FetchRequests.RecordsLength(head, length);
        long batches = records / _log.BatchBytes;
        _tally.Requests++;
        _tally.Bytes += records;
        _awaits = false;
        _tally.InFlight--;
        _offset += batches * _log.RecordsABatch;
        if (_offset < _log.EndOffset) return;
        IsAtEnd = true;
        _offset = 0;
    }

    protected override void OnReceived(long now)
    {
        if (!_awaits && !Loop.IsEnding && !(IsAtEnd && _onlyOnce)) Ask();
    }

    private void Ask()
    {
        _request.Topics[0].Partitions[0].FetchOffset = _offset;
        using RequestFrame frame = RequestFrame.Encode(_request, Version, correlationId: 1, Client.Id);
        _awaits = true;
        _tally.InFlight++;
        Send(frame.Buffer.Span);
    }
}

/// <summary>A partition full of equal batches.</summary>
internal sealed record FetchedLog(Uuid Topic, string Name, int BatchBytes, int RecordsABatch, long EndOffset);
