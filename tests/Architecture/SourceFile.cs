namespace Architecture;

/// <summary>A C# file of the product.</summary>
/// <param name="Path">Below the repository's root, with slashes.</param>
/// <param name="Text">What it holds.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The files of all projects that ship, without what builds leave there.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
    [
        .. Repository.ProductFolders.SelectMany(folder => Repository.Files(folder, "*.cs"))
            .Select(path => new SourceFile(path, File.ReadAllText(System.IO.Path.Combine(Repository.Root, path)))),
    ];

    /// <summary>The folder it lies in, below the project's; empty for the project's own.</summary>
    /// <param name="project">The project's folder.</param>
    public string FolderIn(string project) => Path[project.Length..Path.LastIndexOf('/')].TrimStart('/');

    /// <summary>Whether it lies in the project's folder or below.</summary>
    public bool IsIn(string project) => Path.StartsWith(project + "/", StringComparison.Ordinal);
}
