using k8s.Models;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>The program and arguments of a container: its command and args, or the entry point of the program behind its image.</summary>
internal static class ContainerCommand
{
    /// <summary>Finds the program and completes the arguments.</summary>
    /// <exception cref="ContainerConfigException">The container has no command, or there is no such program on this machine.</exception>
    public static (string Program, IReadOnlyList<string> Arguments) Build(
        V1Container container, ImageProgram image, IReadOnlyDictionary<string, string> environment, MountTable mounts)
    {
        string Complete(string text) => VariableExpansion.Expand(mounts.Rewrite(text), environment);

        // As in Kubernetes, a command replaces the image's entry point and its fixed arguments; args only follow it.
        List<string> words = container.Command is { Count: > 0 } command ? [.. command.Select(Complete)] : [.. image.EntryPoint];
        words.AddRange((container.Args ?? []).Select(Complete));
        if (words.Count == 0) throw new ContainerConfigException($"no command specified: image \"{container.Image}\" has no entry point");
        return (Locate(words[0], image, environment), words[1..]);
    }

    /// <summary>
    /// The absolute path of a program. A path that does not exist here (/opt/sluice/bin/sluice-broker in the real image) is
    /// looked up by its last part beside the image's program.
    /// </summary>
    internal static string Locate(string word, ImageProgram image, IReadOnlyDictionary<string, string> environment)
    {
        if (word.Contains('/', StringComparison.Ordinal))
        {
            if (File.Exists(word)) return Path.GetFullPath(word);
            return InFolders(Path.GetFileName(word), image.SearchPath)
                ?? throw new ContainerConfigException($"exec: \"{word}\": no such file or directory");
        }
        var path = environment.GetValueOrDefault("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        return InFolders(word, [.. image.SearchPath, .. path.Split(':', StringSplitOptions.RemoveEmptyEntries)])
            ?? throw new ContainerConfigException($"exec: \"{word}\": executable file not found in $PATH");
    }

    private static string? InFolders(string name, IReadOnlyList<string> folders) =>
        folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
}
