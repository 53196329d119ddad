namespace Sluice.Local.ApiServer.Operations;

/// <summary>What becomes of fields that the schema does not know, or that occur twice.</summary>
internal enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}

/// <summary>How a write was asked for.</summary>
internal sealed record WriteOptions
{
    /// <summary>Do everything but write.</summary>
    public bool DryRun { get; init; }

    /// <summary>Who owns the fields that are changed.</summary>
    public string FieldManager { get; init; } = "unknown";

    public FieldValidation Validation { get; init; } = FieldValidation.Warn;

    /// <summary>Server-side apply takes fields over from other managers.</summary>
    public bool Force { get; init; }

    /// <summary>The owners of fields are in the document already, as server-side apply has found them.</summary>
    public bool Applied { get; init; }

    /// <summary>Texts for the client, sent as Warning headers.</summary>
    public List<string> Warnings { get; init; } = [];
}
