namespace Architecture;

/// <summary>A table of who may see whom must lead nowhere back.</summary>
internal static class Cycles
{
    public static void AssertNone(Dictionary<string, string[]> allowed)
    {
        var done = new HashSet<string>();
        foreach (string name in allowed.Keys) Visit(name, []);

        void Visit(string name, string[] path)
        {
            Assert.False(path.Contains(name), $"cycle: {string.Join(" -> ", path)} -> {name}");
            if (done.Contains(name)) return;
            foreach (string next in allowed[name]) Visit(next, [.. path, name]);
            done.Add(name);
        }
    }
}
