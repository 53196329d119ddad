namespace Sluice.Kubernetes.Client;

/// <summary>What a list or watch is to give.</summary>
public sealed record ListOptions
{
    /// <summary>Labels that an object must have, as in <c>app=x,tier in (a,b)</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Fields that an object must have, as in <c>metadata.name=x</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Version to read at or to watch from; <c>0</c>: any that the server has at hand; null: the newest.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Exact</c> or <c>NotOlderThan</c>: how <see cref="ResourceVersion"/> is meant by a list.</summary>
    public string? ResourceVersionMatch { get; init; }

    /// <summary>Objects a page.</summary>
    public int? Limit { get; init; }

    /// <summary>Token of the page to read.</summary>
    public string? Continue { get; init; }

    /// <summary>Asks a watch to begin with the present state as added events, ended by a bookmark (Kubernetes 1.32 and later).</summary>
    public bool SendInitialEvents { get; init; }

    /// <summary>Seconds after which the server ends a watch.</summary>
    public int? TimeoutSeconds { get; init; }
}

/// <summary>How an object is to be written.</summary>
public sealed record WriteOptions
{
    /// <summary>Name under which the written fields are owned; needed by server-side apply.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Takes fields from other managers, where server-side apply would fail with a conflict.</summary>
    public bool Force { get; init; }

    /// <summary>Checks everything, but writes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary><c>Ignore</c>, <c>Warn</c> or <c>Strict</c>: what becomes of unknown and duplicate fields; null is the server's default, <c>Warn</c>.</summary>
    public string? FieldValidation { get; init; }

    /// <summary>Writes this part of the object, such as <c>status</c> or <c>scale</c>.</summary>
    public string? Subresource { get; init; }
}
