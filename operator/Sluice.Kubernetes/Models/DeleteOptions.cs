namespace Sluice.Kubernetes.Models;

/// <summary>How an object is to be deleted (<c>meta/v1 DeleteOptions</c>).</summary>
public sealed class DeleteOptions
{
    /// <summary>Always <c>v1</c>.</summary>
    public string ApiVersion { get; set; } = "v1";

    /// <summary>Always <c>DeleteOptions</c>.</summary>
    public string Kind { get; set; } = "DeleteOptions";

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>: what becomes of objects that this one owns; null is the kind's default.</summary>
    public string? PropagationPolicy { get; set; }

    /// <summary>Seconds until a pod is killed; 0 removes it from the API at once; null is the object's own.</summary>
    public long? GracePeriodSeconds { get; set; }

    /// <summary>What must hold, else the deletion fails with Conflict.</summary>
    public DeletePreconditions? Preconditions { get; set; }

    /// <summary><c>All</c>: check, but delete nothing.</summary>
    public List<string>? DryRun { get; set; }
}

/// <summary>The very object that may be deleted.</summary>
public sealed class DeletePreconditions
{
    /// <summary>The object's uid, so that a namesake made since is spared.</summary>
    public string? Uid { get; set; }

    /// <summary>The object's resource version, so that a changed object is spared.</summary>
    public string? ResourceVersion { get; set; }
}
