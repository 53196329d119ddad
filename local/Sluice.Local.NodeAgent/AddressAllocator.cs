using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using System.Text.Json;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// Gives each pod name an address of its own in 127.77.0.0/16, the same one for as long as the state folder lives: clients
/// and other pods may remember it. All of 127.0.0.0/8 is the loopback interface on Linux, so a program can bind any of them.
/// </summary>
/// <remarks>
/// Two control planes on one machine share the range, so each begins in the /24 that the path of its folder hashes to, or in
/// the next one in which nobody listens.
/// </remarks>
internal sealed class AddressAllocator
{
    private const int Network = 127 << 24 | 77 << 16;
    private const int HostsMax = 1 << 16;

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<int> _taken = [];
    private int _first;

    /// <summary>Opens the allocation kept in a file, which is made when missing.</summary>
    public AddressAllocator(string path)
    {
        _path = path;
        if (File.Exists(path)) Load();
        else _first = FreeSubnet(path) << 8;
    }

    /// <summary>The address of a pod name; the first call allocates it and writes it to disk.</summary>
    /// <exception cref="InvalidOperationException">All 65,000 addresses are taken.</exception>
    public IPAddress For(string @namespace, string name)
    {
        var key = @namespace + "/" + name;
        lock (_lock)
        {
            if (!_byName.TryGetValue(key, out var host))
            {
                host = NextFree();
                _byName[key] = host;
                _taken.Add(host);
                Save();
            }
            return ToAddress(host);
        }
    }

    /// <summary>Forgets the names that are not in use, when the range is nearly full.</summary>
    public void KeepOnly(IReadOnlySet<string> namesInUse)
    {
        lock (_lock)
        {
            if (_byName.Count < HostsMax / 2) return;
            foreach (var name in _byName.Keys.Where(n => !namesInUse.Contains(n)).ToArray())
            {
                _taken.Remove(_byName[name]);
                _byName.Remove(name);
            }
            Save();
        }
    }

    private int NextFree()
    {
        for (var i = 1; i < HostsMax; i++)
        {
            var host = (_first + i) % HostsMax;
            // .0 and .255 are valid here but look like mistakes.
            if ((host & 0xFF) is not (0 or 0xFF) && !_taken.Contains(host)) return host;
        }
        throw new InvalidOperationException("all addresses of 127.77.0.0/16 are taken by pods");
    }

    private static IPAddress ToAddress(int host)
    {
        var address = Network | host;
        return new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]);
    }

    private static int FreeSubnet(string path)
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Select(e => e.Address.GetAddressBytes())
            .Where(a => a is [127, 77, _, _])
            .Select(a => (int)a[2])
            .ToHashSet();
        var wanted = Hash(Path.GetFullPath(path));
        for (var i = 0; i < 256; i++)
        {
            if (!used.Contains((wanted + i) & 0xFF)) return (wanted + i) & 0xFF;
        }
        return wanted & 0xFF;
    }

    private static int Hash(string text)
    {
        // FNV-1a: the same in every process, unlike string.GetHashCode.
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 16777619u;
        return (int)((hash ^ (hash >> 8) ^ (hash >> 16)) & 0xFF);
    }

    private void Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(_path));
        _first = document.RootElement.GetProperty("first").GetInt32();
        foreach (var pod in document.RootElement.GetProperty("pods").EnumerateObject())
        {
            var host = IPAddress.Parse(pod.Value.GetString()!).GetAddressBytes() is [127, 77, var high, var low]
                ? high << 8 | low
                : throw new InvalidDataException($"{_path}: address {pod.Value} of {pod.Name} is not in 127.77.0.0/16");
            _byName[pod.Name] = host;
            _taken.Add(host);
        }
    }

    private void Save()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("first", _first);
            writer.WriteStartObject("pods");
            foreach (var (name, host) in _byName.OrderBy(p => p.Value)) writer.WriteString(name, ToAddress(host).ToString());
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        DurableFile.Write(_path, buffer.ToArray());
    }
}
