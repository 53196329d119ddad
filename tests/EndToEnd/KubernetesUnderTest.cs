using Support;

namespace EndToEnd;

/// <summary>A Kubernetes with the operator and the sample cluster in it: the embedded one or a real one.</summary>
public abstract class KubernetesUnderTest : IDisposable
{
    private bool _started;

    /// <summary>Starts it at the first call, and skips the calling test where what it needs is absent.</summary>
    public void Require()
    {
        Judges.Command("kubectl");
        Judges.Command("kcat");
        SkipWhereAbsent();
        if (_started) return;
        _started = true;
        Start();
    }

    public void Dispose()
    {
        if (_started) Stop();
        GC.SuppressFinalize(this);
    }

    /// <summary>Skips the calling test where this Kubernetes cannot run.</summary>
    protected virtual void SkipWhereAbsent()
    {
    }

    protected abstract void Start();

    protected abstract void Stop();

    /// <summary>Runs kubectl.</summary>
    internal abstract Finished TryKubectl(string? input, params string[] arguments);

    /// <summary>Runs a line of bash in the network that the cluster's addresses belong to.</summary>
    internal abstract Finished Bash(string script, params string[] arguments);

    /// <summary>Kills the sample cluster's broker process with -9.</summary>
    public abstract void KillBroker();

    public string Kubectl(params string[] arguments) => TryKubectl(null, arguments).Succeeded();

    public string Apply(string manifest) => TryKubectl(manifest, "apply", "-f", "-").Succeeded();

    /// <summary>A field of an object, empty while it is absent.</summary>
    public string Field(string kind, string name, string jsonPath) => TryKubectl(null, "get", kind, name, "-o", $"jsonpath={{{jsonPath}}}").Output;

    /// <summary>The sample cluster's address for clients.</summary>
    public string Bootstrap() => Field("cluster", "sample", ".status.bootstrapAddress");
}
