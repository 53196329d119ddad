using System.Runtime.CompilerServices;

namespace Architecture;

/// <summary>Finds the checkout that this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The folders of what ships.</summary>
    public static IReadOnlyList<string> ProductFolders { get; } = ["broker", "operator", "local"];

    /// <summary>The project files of what ships, with their whole paths.</summary>
    public static IEnumerable<string> Projects() => ProductFolders.SelectMany(folder => Files(folder, "*.csproj")).Select(path => Path.Combine(Root, path));

    /// <summary>The files of a folder and below, without what builds leave there: paths below the root, with slashes.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    private static string Find([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no Platform.sln above {here}");
    }
}
