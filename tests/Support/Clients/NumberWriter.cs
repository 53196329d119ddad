namespace Support.Clients;

/// <summary>A running producer that writes 0, 1, 2… and what was acknowledged to it.</summary>
internal class NumberWriter : IDisposable
{
    private readonly ClientProcess _process;
    private readonly Lock _lock = new();
    private readonly HashSet<long> _acknowledged = [];
    private readonly bool _endsBySignal;
    private string _failures = "";

    /// <param name="process">The client.</param>
    /// <param name="onLine">Understands a line of its output.</param>
    /// <param name="endsBySignal">It stops at SIGTERM; otherwise when its standard input ends.</param>
    public NumberWriter(ClientProcess process, Action<NumberWriter, string> onLine, bool endsBySignal)
    {
        _process = process;
        _endsBySignal = endsBySignal;
        process.OnLine(line => onLine(this, line));
    }

    public virtual int Count { get { lock (_lock) return _acknowledged.Count; } }

    /// <summary>The numbers that were acknowledged.</summary>
    public long[] Acknowledged { get { lock (_lock) return [.. _acknowledged]; } }

    public bool HasEnded => _process.HasExited;

    public string Errors => _process.Errors;

    public void Acknowledge(long first, int count)
    {
        lock (_lock) for (long i = first; i < first + count; i++) _acknowledged.Add(i);
    }

    /// <summary>The producer gave a record up.</summary>
    public void Fail(string reason) => _failures += $"{reason}\n";

    /// <summary>Waits until some hundreds more were acknowledged.</summary>
    public void GoesOn(string when, TimeSpan limit)
    {
        int before = Count;
        Wait.Until($"the producer goes on {when}", limit, () => HasEnded || Count > before + 200, () => Errors);
        if (HasEnded) throw new Xunit.Sdk.XunitException($"the producer ended {when}:\n{Errors}");
    }

    /// <summary>Lets it send what it has begun and waits for its end. A producer that retries must have failed at nothing.</summary>
    public virtual void Finish()
    {
        if (_endsBySignal) _process.Signal(15);
        else _process.Input.Close();
        int code = _process.WaitForEnd();
        if (_failures.Length > 0) throw new Xunit.Sdk.XunitException($"the producer gave up: {_failures}\n{Errors}");
        // A process that a signal ends says so in its exit code, and Java's does that after an orderly end too.
        if (code != 0 && !(_endsBySignal && code == 143)) throw new Xunit.Sdk.XunitException($"the producer ended with exit code {code}\n{Errors}");
    }

    public void Dispose() => _process.Dispose();
}
