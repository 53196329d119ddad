namespace Support.Clients;

/// <summary>A running member of a group and what it has read.</summary>
internal sealed class GroupMember : IDisposable
{
    private readonly ClientProcess _process;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _values = [];
    private long _count;
    private int _assignments;
    private string[] _assigned = [];
    private string[] _revoked = [];

    /// <param name="process">The client.</param>
    /// <param name="onLine">Understands a line of its output, and calls <see cref="Read"/> for a record.</param>
    public GroupMember(ClientProcess process, Action<GroupMember, string> onLine)
    {
        _process = process;
        process.OnLine(line => onLine(this, line));
    }

    /// <summary>How many records it has read, repetitions included.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The values that it has read.</summary>
    public string[] Values { get { lock (_lock) return [.. _values]; } }

    /// <summary>How often it was given partitions.</summary>
    public int Assignments { get { lock (_lock) return _assignments; } }

    /// <summary>The partitions that it was given last, as <c>topic-0</c>, in order.</summary>
    public string[] Assigned { get { lock (_lock) return _assigned; } }

    /// <summary>The partitions that were taken from it last, in order; of clients that tell.</summary>
    public string[] Revoked { get { lock (_lock) return _revoked; } }

    public bool HasEnded => _process.HasExited;

    public string Errors => _process.Errors;

    public void Read(string value)
    {
        lock (_lock) _values.Add(value);
        Interlocked.Increment(ref _count);
    }

    public void Assign(IEnumerable<string> partitions)
    {
        lock (_lock)
        {
            _assignments++;
            _assigned = [.. partitions.Order(StringComparer.Ordinal)];
        }
    }

    public void Revoke(IEnumerable<string> partitions)
    {
        lock (_lock) _revoked = [.. partitions.Order(StringComparer.Ordinal)];
    }

    public void KillHard() => _process.KillHard();

    /// <summary>Asks it to leave the group, and waits until it is gone.</summary>
    public void Stop()
    {
        _process.Signal(15);
        _process.WaitForEnd();
    }

    public void Dispose() => _process.Dispose();
}
