namespace Sluice.Local.NodeAgent.Processes;

/// <summary>What a process is started with. Nothing is inherited from this process but its user and its limits.</summary>
/// <param name="Program">Absolute path of the program.</param>
/// <param name="Arguments">Arguments after the program's name.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="WorkingDirectory">Absolute path of an existing folder.</param>
/// <param name="OutputFile">File that takes standard output and standard error, appended to. Standard input is /dev/null.</param>
internal sealed record ProcessStart(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    string OutputFile);

/// <summary>A program could not be started: it does not exist, or may not be executed.</summary>
internal sealed class ProcessStartException(string message) : Exception(message);
