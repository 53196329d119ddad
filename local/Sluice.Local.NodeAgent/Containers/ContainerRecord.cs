using System.Text.Json;
using System.Text.Json.Serialization;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>What is on disk about a container, so that a new control plane carries on where a killed one stopped.</summary>
internal sealed record ContainerRecord
{
    /// <summary>How often the container was started again; also the number of its log file.</summary>
    public int Attempt { get; init; }

    /// <summary>The image that the running process was started for; another one in the pod means: start again.</summary>
    public required string Image { get; init; }

    /// <summary>The process, until its end was noted.</summary>
    public ProcessIdentity? Process { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How the last process ended; null while it runs.</summary>
    public ContainerEnd? End { get; init; }

    /// <summary>How the process before this one ended.</summary>
    public ContainerEnd? PreviousEnd { get; init; }

    /// <summary>Whether the startup probe had passed, or there is none.</summary>
    public bool Started { get; init; }

    /// <summary>Reads a record; null when there is none.</summary>
    public static ContainerRecord? Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ContainerRecordJson.Default.ContainerRecord) : null;

    /// <summary>Replaces the record on disk.</summary>
    public void Write(string path) =>
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ContainerRecordJson.Default.ContainerRecord));
}

/// <summary>How a run of a container ended, in the words of the API.</summary>
internal sealed record ContainerEnd(
    int Attempt, int ExitCode, string Reason, string? Message, DateTimeOffset? StartedAt, DateTimeOffset FinishedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerRecord))]
internal sealed partial class ContainerRecordJson : JsonSerializerContext;
