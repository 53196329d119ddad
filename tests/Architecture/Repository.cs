using System.Runtime.CompilerServices;

namespace Architecture;

/// <summary>Finds the checkout that this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The project files of what ships.</summary>
    public static IEnumerable<string> Projects() =>
        new[] { "broker", "operator", "local" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories));

    private static string Find([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no Platform.sln above {here}");
    }
}
