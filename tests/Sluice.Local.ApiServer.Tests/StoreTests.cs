using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Tests;

public sealed class StoreTests : IDisposable
{
    private const string Kind = "/configmaps";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sluice-store-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_a_restart_with_its_versions()
    {
        long revision;
        using (var store = Open())
        {
            await store.PutAsync(Kind, "a/x", 0, Body("1"));
            var second = await store.PutAsync(Kind, "a/y", 0, Body("2"));
            await store.PutAsync(Kind, "a/y", second.Revision, Body("3"));
            var gone = await store.PutAsync(Kind, "a/z", 0, Body("4"));
            revision = (await store.DeleteAsync(Kind, "a/z", gone.Revision, Body("4"))).Revision;
        }

        using var again = Open();
        Assert.Equal(revision, again.State.Revision);
        Assert.Equal(["a/x", "a/y"], again.State.Of(Kind).All().Select(item => item.Key));
        Assert.Equal("3", again.State.Of(Kind).Find("a/y")!.Body.String("value"));
        Assert.Equal("3", again.State.Of(Kind).Find("a/y")!.Body["metadata"].String("resourceVersion"));
    }

    [Fact]
    public async Task Versions_grow_over_all_kinds()
    {
        using var store = Open();
        var first = await store.PutAsync(Kind, "a/x", 0, Body("1"));
        var second = await store.PutAsync("/pods", "a/x", 0, Body("1"));
        Assert.True(second.Revision > first.Revision);
    }

    [Fact]
    public async Task A_write_on_a_condition_that_does_not_hold_is_refused()
    {
        using var store = Open();
        var first = await store.PutAsync(Kind, "a/x", 0, Body("1"));
        await store.PutAsync(Kind, "a/x", first.Revision, Body("2"));
        Assert.Equal(StoreConflict.Exists, await ConflictOf(() => store.PutAsync(Kind, "a/x", 0, Body("3"))));
        Assert.Equal(StoreConflict.Changed, await ConflictOf(() => store.PutAsync(Kind, "a/x", first.Revision, Body("3"))));
        Assert.Equal(StoreConflict.Missing, await ConflictOf(() => store.DeleteAsync(Kind, "a/y", first.Revision, Body("3"))));
    }

    [Fact]
    public async Task Whatever_was_answered_is_in_a_copy_taken_at_any_time()
    {
        using var store = Open(journalBytesMin: 20_000);
        var answered = 0L;
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
            {
                await store.PutAsync(Kind, $"a/{i:D4}", 0, Body(new string('x', 200)));
                Volatile.Write(ref answered, i + 1);
            }
        });
        var copies = 0;
        while (!writer.IsCompleted || copies == 0)
        {
            var promised = Volatile.Read(ref answered);
            using var copy = new StoreCopy(_directory.FullName);
            // A file that was replaced in the middle of copying says nothing about a crash, which stops everything at once.
            if (copy.IsTorn)
                continue;
            using var reopened = ResourceStore.Open(copy.Path);
            Assert.True(reopened.State.Of(Kind).Count >= promised, $"{reopened.State.Of(Kind).Count} of {promised}");
            copies++;
        }

        await writer;
    }

    [Fact]
    public async Task A_torn_tail_is_cut_wherever_it_tears()
    {
        using (var store = Open())
        {
            await store.PutAsync(Kind, "a/x", 0, Body("1"));
            await store.PutAsync(Kind, "a/y", 0, Body("2"));
        }

        var path = StoreFiles.Journals(_directory.FullName).Single().Path;
        var whole = await File.ReadAllBytesAsync(path);
        RecordFormat.TryRead(whole, RecordFormat.Header.Length, out _, out var firstEnd);
        for (var length = firstEnd; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            using (var torn = Open())
            {
                Assert.Equal(["a/x"], torn.State.Of(Kind).All().Select(item => item.Key));
                Assert.Equal(length - firstEnd, torn.TornBytes);
                await torn.PutAsync(Kind, "a/z", 0, Body("3"));
            }

            using var after = Open();
            Assert.Equal(["a/x", "a/z"], after.State.Of(Kind).All().Select(item => item.Key));
        }
    }

    [Fact]
    public async Task Damage_before_the_tail_is_refused_and_not_cut()
    {
        using (var store = Open())
        {
            await store.PutAsync(Kind, "a/x", 0, Body("1"));
            await store.PutAsync(Kind, "a/y", 0, Body("2"));
        }

        var path = StoreFiles.Journals(_directory.FullName).Single().Path;
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[RecordFormat.Header.Length + RecordFormat.FrameBytes + 20] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        var error = Assert.Throws<InvalidDataException>(() => Open());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_journal_becomes_a_snapshot()
    {
        using (var store = Open(journalBytesMin: 4_000))
        {
            for (var i = 0; i < 100; i++)
                await store.PutAsync(Kind, $"a/{i:D3}", 0, Body(new string('x', 100)));
        }

        Assert.Single(StoreFiles.Snapshots(_directory.FullName));
        Assert.Single(StoreFiles.Journals(_directory.FullName));
        using var again = Open();
        Assert.Equal(100, again.State.Of(Kind).Count);
        Assert.Equal(100, again.State.Revision);
    }

    [Fact]
    public async Task A_snapshot_that_is_harmed_is_refused()
    {
        using (var store = Open(journalBytesMin: 4_000))
        {
            for (var i = 0; i < 50; i++)
                await store.PutAsync(Kind, $"a/{i:D3}", 0, Body(new string('x', 100)));
        }

        var path = StoreFiles.Snapshots(_directory.FullName).Single().Path;
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Throws<InvalidDataException>(() => Open());
    }

    [Fact]
    public async Task Watchers_can_go_on_after_a_restart_from_what_the_journal_holds()
    {
        long first;
        using (var store = Open())
        {
            first = (await store.PutAsync(Kind, "a/x", 0, Body("1"))).Revision;
            await store.PutAsync(Kind, "a/y", 0, Body("2"));
        }

        using var again = Open();
        var changes = new List<StoreEvent>();
        Assert.True(again.LogOf(Kind).TryRead(first, changes, out _));
        Assert.Equal(["a/y"], changes.Select(change => change.Object.Key));
    }

    [Fact]
    public async Task A_cursor_that_is_older_than_the_history_has_expired()
    {
        using var store = ResourceStore.Open(_directory.FullName, historyPerKind: 3);
        for (var i = 0; i < 5; i++)
            await store.PutAsync(Kind, $"a/{i}", 0, Body("1"));
        Assert.False(store.LogOf(Kind).TryRead(1, [], out _));
        Assert.True(store.LogOf(Kind).TryRead(2, [], out _));
        Assert.Null(store.At(Kind, 1));
        Assert.Equal(3, store.At(Kind, 3)!.Count);
    }

    [Fact]
    public async Task Many_writers_get_each_its_own_version_and_lose_nothing()
    {
        using var store = Open();
        var written = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => store.PutAsync(Kind, $"a/{i}", 0, Body("1")))));
        Assert.Equal(500, written.Select(item => item.Revision).Distinct().Count());
        Assert.Equal(500, store.State.Of(Kind).Count);
    }

    [Fact]
    public void The_numbers_on_disk_stay_as_they_are()
    {
        Assert.Equal(1, (byte)RecordType.Put);
        Assert.Equal(2, (byte)RecordType.Delete);
        Assert.Equal(3, (byte)RecordType.End);
        Assert.Equal("SLUICE\0\u0001"u8.ToArray(), RecordFormat.Header.ToArray());
    }

    private ResourceStore Open(long journalBytesMin = ResourceStore.JournalBytesMin) => ResourceStore.Open(_directory.FullName, journalBytesMin: journalBytesMin);

    private static JsonObject Body(string value) => new() { ["metadata"] = new JsonObject(), ["value"] = value };

    private static async Task<StoreConflict> ConflictOf(Func<Task> write) => (await Assert.ThrowsAsync<StoreConflictException>(write)).Conflict;

    /// <summary>The files as they are at one moment, or nearly: files may be replaced while they are copied.</summary>
    private sealed class StoreCopy : IDisposable
    {
        private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("sluice-copy-");

        public StoreCopy(string source)
        {
            var before = Names(source);
            foreach (var name in before)
            {
                try
                {
                    File.Copy(System.IO.Path.Combine(source, name), System.IO.Path.Combine(_copy.FullName, name));
                }
                catch (FileNotFoundException)
                {
                    IsTorn = true;
                }
            }

            IsTorn |= !before.SequenceEqual(Names(source));
        }

        public bool IsTorn { get; }

        public string Path => _copy.FullName;

        public void Dispose() => _copy.Delete(recursive: true);

        private static List<string> Names(string directory) =>
            [.. Directory.EnumerateFiles(directory, "*-*").Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Create(CultureInfo.InvariantCulture, false))];
    }
}
