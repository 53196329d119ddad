using System.Runtime.CompilerServices;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>Where the real systems to compare with are: SLUICE_JUDGES, or <c>shared/tools</c> beside the checkout.</summary>
internal static class Judges
{
    public static string Path { get; } = Find();

    private static string Find([CallerFilePath] string here = "")
    {
        if (Environment.GetEnvironmentVariable("SLUICE_JUDGES") is { Length: > 0 } given) return given;
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return System.IO.Path.Combine(folder?.Parent?.FullName ?? "/", "shared", "tools");
    }
}
