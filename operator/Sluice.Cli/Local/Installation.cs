namespace Sluice.Cli.Local;

/// <summary>Where the parts that `sluice up` needs lie: beside this program, or in the repository that it was built from.</summary>
/// <param name="CrdFolder">Manifests of the custom resources.</param>
/// <param name="ExampleFolder">Manifests that are applied at the start.</param>
/// <param name="BrokerProgram">The program behind the image sluice/broker.</param>
internal sealed record Installation(string CrdFolder, string ExampleFolder, string BrokerProgram)
{
    /// <summary>Finds the parts.</summary>
    /// <exception cref="CommandException">One is missing; the message names it.</exception>
    public static Installation Find()
    {
        var beside = AppContext.BaseDirectory;
        var root = Environment.GetEnvironmentVariable("SLUICE_ROOT") is { Length: > 0 } set ? set : RepositoryAbove(beside) ?? beside;
        return new Installation(
            Existing("the custom resource definitions", "crds", Directory.Exists, [Path.Combine(root, "crds")]),
            Existing("the example manifests", "examples", Directory.Exists, [Path.Combine(root, "examples")]),
            Existing("the broker program", "sluice-broker (SLUICE_BROKER_PROGRAM names another place)", File.Exists,
            [
                Environment.GetEnvironmentVariable("SLUICE_BROKER_PROGRAM") ?? "",
                Path.Combine(beside, "..", "broker", "sluice-broker"),
                Path.Combine(beside, "sluice-broker"),
                Path.Combine(root, "artifacts", "broker", "sluice-broker"),
                Path.Combine(root, "broker", "Sluice.Broker", "bin", "Release", "net10.0", "sluice-broker"),
            ]));
    }

    private static string? RepositoryAbove(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Platform.sln"))) return at.FullName;
        }
        return null;
    }

    private static string Existing(string what, string name, Func<string, bool> exists, string[] places)
    {
        var found = Array.Find(places, p => p.Length > 0 && exists(p));
        return found is not null
            ? Path.GetFullPath(found)
            : throw new CommandException(
                $"{what} ({name}) cannot be found; looked for {string.Join(", ", places.Where(p => p.Length > 0).Select(Path.GetFullPath))}.");
    }
}
