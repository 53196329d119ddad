using System.CommandLine;

namespace Sluice.Cli.Data;

/// <summary>A command with its subcommands, and the examples that their help shows.</summary>
/// <param name="Command">The command to add to the root.</param>
/// <param name="Examples">By command.</param>
internal sealed record CommandGroup(Command Command, IReadOnlyDictionary<Command, string> Examples);
