namespace Sluice.Local.NodeAgent;

/// <summary>
/// The local programs that stand for container images. A name is looked up without its tag or digest, with and without a
/// registry before it, so that "registry.example/sluice/broker:1.2" finds the entry "sluice/broker".
/// </summary>
public sealed class ImageTable
{
    private readonly Dictionary<string, ImageProgram> _programs = new(StringComparer.Ordinal);

    /// <summary>Lets a name stand for a program; a later entry of the same name replaces the earlier one.</summary>
    /// <param name="image">Name without registry and tag, such as "sluice/broker".</param>
    /// <param name="program">The program and what is put before the container's arguments.</param>
    public ImageTable Add(string image, ImageProgram program)
    {
        _programs[image] = program;
        return this;
    }

    /// <summary>The program of an image; null when no entry has its name.</summary>
    public ImageProgram? Find(string image)
    {
        var name = RepositoryOf(image);
        while (true)
        {
            if (_programs.TryGetValue(name, out var program)) return program;
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0) return null;
            name = name[(slash + 1)..];
        }
    }

    /// <summary>The names in the table, for messages.</summary>
    public IReadOnlyCollection<string> Names => _programs.Keys;

    private static string RepositoryOf(string image)
    {
        var digest = image.IndexOf('@', StringComparison.Ordinal);
        var name = digest < 0 ? image : image[..digest];
        var tag = name.LastIndexOf(':');
        // A colon before the last slash belongs to the registry's port.
        return tag > name.LastIndexOf('/') ? name[..tag] : name;
    }
}

/// <summary>What an image starts: the entry point of a container that gives no command of its own.</summary>
/// <param name="EntryPoint">The program and its fixed arguments; empty when each container must give a command.</param>
/// <param name="SearchPath">Folders in which a container's command is looked up, before those of PATH.</param>
public sealed record ImageProgram(IReadOnlyList<string> EntryPoint, IReadOnlyList<string> SearchPath);
