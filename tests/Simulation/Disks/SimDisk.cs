using Sluice.Storage.Disk;

namespace Simulation.Disks;

/// <summary>
/// A disk in memory that behaves like a real one at its worst: what was not flushed may be lost or torn, operations fail, it fills up,
/// and its bits flip. All chance comes from one seeded source, so a run can be repeated exactly.
/// </summary>
internal sealed class SimDisk : IDisk
{
    private readonly SimDirectory _root = new();
    private readonly List<NameChange> _journal = [];
    private readonly HashSet<SimFile> _open = [];
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private readonly Random _random;
    private readonly Func<long> _nowMs;

    /// <param name="random">The source of chance.</param>
    /// <param name="nowMs">The simulated clock.</param>
    public SimDisk(Random random, Func<long> nowMs)
    {
        _random = random;
        _nowMs = nowMs;
    }

    /// <summary>What goes wrong.</summary>
    public DiskFaults Faults { get; } = new();

    /// <summary>The files that the process has open, in the order of their opening.</summary>
    public IReadOnlyCollection<SimFile> OpenFiles => _open;

    /// <summary>How many maps the process has open.</summary>
    public int OpenMaps { get; internal set; }

    /// <summary>Size of the disk in bytes.</summary>
    public long Capacity { get; set; } = long.MaxValue / 4;

    /// <summary>Counts crashes: a file that was opened before one must not be used after it.</summary>
    public int Epoch { get; private set; }

    /// <summary>Called with a short text for each operation that changes the disk, for the trace.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>How many operations that change the disk the machine still lives for; null when nothing is planned. At the end <see cref="SimCrashed"/> is thrown, from every operation until the process is gone.</summary>
    public int? LivesFor { get; set; }

    /// <summary>How many faults were injected.</summary>
    public int FaultsInjected { get; private set; }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskAccess access)
    {
        (SimDirectory directory, string name) = Locate(path);
        if (!directory.Entries.TryGetValue(name, out SimNode? node))
        {
            if (access != DiskAccess.Create) throw new DiskException(DiskErrorKind.NotFound, path, "no such file");
            FailName(path);
            node = new SimFileNode { ModifiedMs = _nowMs() };
            Change(new NameChange(directory, name, node, null, null));
        }
        if (node is not SimFileNode file) throw new DiskException(DiskErrorKind.Other, path, "is a directory");
        var opened = new SimFile(this, file, path, writable: access != DiskAccess.Read);
        _open.Add(opened);
        return opened;
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => Find(path) is SimFileNode && !Faults.IsHidden(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Find(path) is SimDirectory;

    /// <inheritdoc/>
    public long FileLength(string path) => FileAt(path).Length;

    /// <inheritdoc/>
    public long LastModifiedMs(string path) => FileAt(path).ModifiedMs;

    /// <inheritdoc/>
    public void SetLastModifiedMs(string path, long ms)
    {
        CountDown();
        FileAt(path).ModifiedMs = ms;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        SimDirectory node = DirectoryAt(directory);
        return [.. node.Entries.Select(e => new DiskEntry(e.Key, e.Value is SimDirectory))];
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        SimDirectory directory = _root;
        foreach (string part in Parts(path))
        {
            if (!directory.Entries.TryGetValue(part, out SimNode? next))
            {
                next = new SimDirectory();
                Change(new NameChange(directory, part, next, null, null));
            }
            directory = next as SimDirectory ?? throw new DiskException(DiskErrorKind.Other, path, $"{part} is a file");
        }
    }

    /// <inheritdoc/>
    public void DeleteFile(string path)
    {
        FailName(path);
        (SimDirectory directory, string name) = Locate(path);
        if (!directory.Entries.TryGetValue(name, out SimNode? node) || node is not SimFileNode) throw new DiskException(DiskErrorKind.NotFound, path, "no such file");
        Change(new NameChange(directory, name, null, null, null));
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path)
    {
        SimDirectory deleted = DirectoryAt(path);
        foreach ((string name, SimNode node) in deleted.Entries.ToArray())
        {
            if (node is SimDirectory) DeleteDirectory($"{path}/{name}");
            else Change(new NameChange(deleted, name, null, null, null));
        }
        (SimDirectory directory, string last) = Locate(path);
        Change(new NameChange(directory, last, null, null, null));
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        FailName(source);
        (SimDirectory from, string fromName) = Locate(source);
        (SimDirectory to, string toName) = Locate(target);
        if (!from.Entries.TryGetValue(fromName, out SimNode? node)) throw new DiskException(DiskErrorKind.NotFound, source, "no such file or directory");
        Change(new NameChange(to, toName, node, from, fromName));
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        SimDirectory directory = DirectoryAt(path);
        CountDown();
        FailName(path);
        Trace?.Invoke($"syncdir {path}");
        if (Faults.DirectorySyncIsForgotten) return;
        for (int i = 0; i < _journal.Count;)
        {
            if (!_journal[i].Touches(directory))
            {
                i++;
                continue;
            }
            _journal[i].Apply(durable: true);
            _journal.RemoveAt(i);
        }
    }

    /// <inheritdoc/>
    public bool TrySyncAll(string path)
    {
        CountDown();
        Trace?.Invoke($"syncall {path}");
        bool failed = false;
        foreach ((string name, SimFileNode file) in AllFiles())
        {
            if (!name.StartsWith(path, StringComparison.Ordinal) || Faults.FlushIsForgotten(name)) continue;
            if (Fails(Faults.FlushFails, name))
            {
                failed = true;
                file.FailFlush(_random);
            }
            else
            {
                file.Flush();
            }
        }
        if (failed && !Faults.FlushFailureIsHidden) throw new DiskException(DiskErrorKind.InputOutput, path, "the simulated flush of all failed");
        if (Faults.DirectorySyncIsForgotten) return true;
        foreach (NameChange change in _journal) change.Apply(durable: true);
        _journal.Clear();
        return true;
    }

    /// <inheritdoc/>
    public DiskSpace Space(string path) => new(Capacity, Math.Max(0, Capacity - Used()));

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        if (!_locks.Add(path)) throw new DiskException(DiskErrorKind.Locked, path, "another process holds the lock");
        Open(path, DiskAccess.Create).Dispose();
        return new Held(this, path, Epoch);
    }

    /// <summary>The process is gone; the page cache is still there.</summary>
    public void KillProcess()
    {
        EndProcess();
        foreach (SimFileNode file in Files(_root)) file.Maps = 0;
    }

    /// <summary>The power is gone: what was not flushed is lost, torn, or there, as chance has it.</summary>
    public void LosePower()
    {
        EndProcess();
        double keep = _random.Next(4) switch { 0 => 0, 1 => 1, _ => _random.NextDouble() };
        // A journal keeps the order of changes, so what survives of them is a beginning.
        int survive = keep == 0 ? 0 : _random.Next(_journal.Count + 1);
        for (int i = 0; i < survive; i++) _journal[i].Apply(durable: true);
        _journal.Clear();
        FallBack(_root, keep);
    }

    /// <summary>The files that a loss of power would leave in a directory for certain, in a fixed order.</summary>
    public IEnumerable<(string Name, SimFileNode File)> Surviving(string directory)
    {
        SimNode? node = _root;
        foreach (string part in Parts(directory))
        {
            if (node is not SimDirectory parent || !parent.Durable.TryGetValue(part, out node)) return [];
        }
        return node is SimDirectory found ? found.Durable.Where(e => e.Value is SimFileNode).Select(e => (e.Key, (SimFileNode)e.Value)) : [];
    }

    /// <summary>The files of a directory as the process sees them, in a fixed order.</summary>
    public IEnumerable<(string Name, SimFileNode File)> Files(string directory) =>
        Find(directory) is SimDirectory found ? found.Entries.Where(e => e.Value is SimFileNode).Select(e => (e.Key, (SimFileNode)e.Value)) : [];

    /// <summary>All files with their paths, in a fixed order.</summary>
    public IEnumerable<(string Path, SimFileNode File)> AllFiles() => Walk(_root, "");

    /// <summary>The size of everything on the disk.</summary>
    internal long Used()
    {
        long used = 0;
        foreach (SimFileNode file in Files(_root)) used += file.Allocated;
        return used;
    }

    /// <summary>Whether chance makes an operation fail.</summary>
    internal bool Fails(double chance, string path)
    {
        if (chance <= 0 || !Faults.Strikes(path) || _random.NextDouble() >= chance) return false;
        FaultsInjected++;
        return true;
    }

    /// <summary>A file is closed.</summary>
    internal void Closed(SimFile file) => _open.Remove(file);

    private void EndProcess()
    {
        LivesFor = null;
        Epoch++;
        _locks.Clear();
        _open.Clear();
        OpenMaps = 0;
    }

    private void FailName(string path)
    {
        if (Fails(Faults.NameFails, path)) throw new DiskException(DiskErrorKind.InputOutput, path, "the simulated change of names failed");
    }

    /// <summary>Called before each operation that changes the disk.</summary>
    internal void CountDown()
    {
        if (LivesFor is not { } left) return;
        if (left == 0) throw new SimCrashed();
        LivesFor = left - 1;
    }

    internal Random Random => _random;

    internal long NowMs => _nowMs();

    private void FallBack(SimDirectory directory, double keep)
    {
        directory.FallBack();
        foreach (SimNode node in directory.Entries.Values)
        {
            if (node is SimDirectory child) FallBack(child, keep);
            else ((SimFileNode)node).FallBack(_random, keep);
        }
    }

    private void Change(NameChange change)
    {
        CountDown();
        change.Apply(durable: false);
        _journal.Add(change);
        Trace?.Invoke($"name {change.Name} {change.OldName}");
    }

    private SimFileNode FileAt(string path) => Find(path) as SimFileNode ?? throw new DiskException(DiskErrorKind.NotFound, path, "no such file");

    private SimDirectory DirectoryAt(string path) => Find(path) as SimDirectory ?? throw new DiskException(DiskErrorKind.NotFound, path, "no such directory");

    private SimNode? Find(string path)
    {
        SimNode? node = _root;
        foreach (string part in Parts(path))
        {
            if (node is not SimDirectory directory || !directory.Entries.TryGetValue(part, out node)) return null;
        }
        return node;
    }

    private (SimDirectory Directory, string Name) Locate(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        SimNode? parent = slash <= 0 ? _root : Find(path[..slash]);
        if (parent is not SimDirectory directory) throw new DiskException(DiskErrorKind.NotFound, path, "no such directory");
        return (directory, path.TrimEnd('/')[(slash + 1)..]);
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<SimFileNode> Files(SimDirectory directory)
    {
        foreach (SimNode node in directory.Entries.Values)
        {
            if (node is SimFileNode file) yield return file;
            else foreach (SimFileNode inner in Files((SimDirectory)node)) yield return inner;
        }
    }

    private static IEnumerable<(string Path, SimFileNode File)> Walk(SimDirectory directory, string path)
    {
        foreach ((string name, SimNode node) in directory.Entries)
        {
            if (node is SimFileNode file) yield return ($"{path}/{name}", file);
            else foreach ((string, SimFileNode) inner in Walk((SimDirectory)node, $"{path}/{name}")) yield return inner;
        }
    }

    /// <summary>A change of names: one appears, disappears or changes; a rename is one step.</summary>
    private sealed record NameChange(SimDirectory Directory, string Name, SimNode? Node, SimDirectory? OldDirectory, string? OldName)
    {
        public bool Touches(SimDirectory directory) => Directory == directory || OldDirectory == directory;

        public void Apply(bool durable)
        {
            if (OldDirectory is not null) (durable ? OldDirectory.Durable : OldDirectory.Entries).Remove(OldName!);
            SortedDictionary<string, SimNode> entries = durable ? Directory.Durable : Directory.Entries;
            if (Node is null) entries.Remove(Name);
            else entries[Name] = Node;
        }
    }

    private sealed class Held(SimDisk disk, string path, int epoch) : IDisposable
    {
        public void Dispose()
        {
            if (disk.Epoch == epoch) disk._locks.Remove(path);
        }
    }
}
