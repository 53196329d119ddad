using System.Text.RegularExpressions;

namespace Architecture;

/// <summary>
/// Core and Storage get time, randomness, disk and network from outside, so that the simulator can replay them from a seed.
/// The one place that touches the machine is the real disk, in Storage/Disk.
/// </summary>
public sealed partial class DeterministicCore
{
    private static readonly (string Pattern, string Instead)[] Banned =
    [
        (@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b", "the host's TimeProvider"),
        (@"\bEnvironment\.TickCount", "the host's TimeProvider"),
        (@"\bStopwatch\b", "the host's TimeProvider"),
        (@"\bTimeProvider\.System\b", "the host's TimeProvider"),
        (@"\bRandom\.Shared\b|\bnew Random\(\)|\bRandomNumberGenerator\b|\bGuid\.NewGuid\b", "the host's seeded Random"),
        (@"\bUuid\.(New|Random)\w*\(\s*\)", "a Uuid drawn from the host's seeded Random"),
        (@"\bnew Thread\b|\bThread\.(Sleep|Yield|Start)|\bThreadPool\b", "IShardHost.RunInBackground"),
        (@"\bTask\.(Run|Delay|Factory|WhenAll|WhenAny)\b|\basync\b|\bawait\b", "a ShardTask or a BackgroundTask"),
        (@"\bnew (System\.Threading\.)?(Timer|PeriodicTimer)\b", "Shard.Timers"),
        (@"\bParallel\.", "a message to another shard"),
        (@"\bnew Socket\b|\bTcpClient\b|\bTcpListener\b|\bHttpClient\b|\bDns\.", "RequestContext, or a port of the host"),
        (@"(?<![\w.])(File|Directory)\.(Open|OpenRead|OpenWrite|OpenText|OpenHandle|ReadAll\w+|ReadLines\w*|WriteAll\w+|AppendAll\w+|Exists|Delete|Move|Copy|Create\w*|Replace|Enumerate\w+|Get\w+|Set\w+|Resolve\w+)\(|\bnew FileStream\b|\bRandomAccess\.|\bnew FileInfo\b|\bnew DirectoryInfo\b|\bMemoryMappedFile\b", "IDisk"),
        (@"\bConsole\.", "the host's log"),
    ];

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (string project in new[] { "broker/Sluice.Core", "broker/Sluice.Storage" })
        {
            string root = Path.Combine(Repository.Root, project);
            foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
            {
                string name = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
                if (name.Contains("/obj/") || name.Contains("/bin/") || name.StartsWith("broker/Sluice.Storage/Disk/")) continue;
                data.Add(name);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_Core_or_Storage_uses_nothing_that_breaks_replay(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, file));
        for (int i = 0; i < lines.Length; i++)
        {
            string code = Comment().Replace(StringLiteral().Replace(lines[i], "\"\""), "");
            foreach ((string pattern, string instead) in Banned)
            {
                Assert.False(Regex.IsMatch(code, pattern), $"{file}:{i + 1}: `{lines[i].Trim()}` breaks replay from a seed: use {instead}");
            }
        }
    }

    [Fact]
    public void The_check_finds_what_it_is_for()
    {
        foreach (string line in new[] { "var now = DateTime.UtcNow;", "await x;", "File.ReadAllText(path);", "var r = new Random();", "new Thread(Run)" })
            Assert.Contains(Banned, b => Regex.IsMatch(line, b.Pattern));
        foreach (string line in new[] { "var f = IRecordsFile.Descriptor;", "disk.File.Length", "public int Descriptor => File.Descriptor;", "new Random(seed)" })
            Assert.DoesNotContain(Banned, b => Regex.IsMatch(line, b.Pattern));
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex StringLiteral();

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();
}
