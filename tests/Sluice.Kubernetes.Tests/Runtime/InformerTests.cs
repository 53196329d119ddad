using System.Threading.Channels;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Support;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class InformerTests
{
    private readonly ManualTime _time = new();
    private readonly Channel<Channel<string>> _watches = Channel.CreateUnbounded<Channel<string>>();
    private readonly List<string> _told = [];
    private string _list = List("1");
    private Func<HttpResponseMessage?> _interfere = () => null;

    [Fact]
    public async Task The_cache_follows_the_list_and_the_watch()
    {
        _list = List("5", Item("a", "3", "1"), Item("b", "4", "1"));
        await RunAsync(async informer =>
        {
            Channel<string> watch = await _watches.Reader.ReadAsync();
            watch.Writer.TryWrite(Event("ADDED", Item("c", "6", "1")) + Event("MODIFIED", Item("a", "7", "2")));
            watch.Writer.TryWrite(Event("DELETED", Item("b", "8", "1")));
            await Wait.UntilAsync(() => _told.Count == 5);
            Assert.Equal(["Added a 1 initial", "Added b 1 initial", "Added c 1", "Updated a 2", "Deleted b 1"], _told);
            Assert.Equal("2", informer.Cache.Get(new ObjectKey("ns", "a"))!.Data!["x"]);
            Assert.Equal(["a", "c"], informer.Cache.List("ns").Select(map => map.Metadata.Name!).Order());
            Assert.Equal(["a"], informer.Cache.ByIndex("x", "2").Select(map => map.Metadata.Name!));
            Assert.Empty(informer.Cache.ByIndex("x", "none"));
        });
    }

    [Fact]
    public async Task A_watch_that_ends_goes_on_from_the_last_version_bookmarks_included()
    {
        await RunAsync(async _ =>
        {
            Channel<string> watch = await _watches.Reader.ReadAsync();
            watch.Writer.TryWrite(Event("ADDED", Item("a", "6", "1")) + Event("BOOKMARK", Item("", "90", "")));
            await Wait.UntilAsync(() => _told.Count == 1);
            _time.Advance(TimeSpan.FromSeconds(2));
            watch.Writer.Complete();
            await _watches.Reader.ReadAsync();
            Assert.Contains(Server.Requests, request => request.Contains("resourceVersion=90"));
        });
    }

    [Fact]
    public async Task A_version_that_is_too_old_brings_a_new_list_and_only_differences_are_told()
    {
        _list = List("5", Item("a", "3", "1"), Item("b", "4", "1"));
        await RunAsync(async informer =>
        {
            Channel<string> watch = await _watches.Reader.ReadAsync();
            _told.Clear();
            _list = List("50", Item("a", "3", "1"), Item("c", "40", "1"));
            watch.Writer.TryWrite(Event("ERROR", """{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}"""));
            await _watches.Reader.ReadAsync();
            Assert.Equal(["Added c 1", "Deleted b 1"], _told);
            Assert.Equal(2, informer.Cache.Count);
        });
    }

    [Fact]
    public async Task A_namesake_with_another_uid_is_a_deletion_and_an_addition()
    {
        _list = List("5", Item("a", "3", "1", uid: "u1"));
        await RunAsync(async _ =>
        {
            Channel<string> watch = await _watches.Reader.ReadAsync();
            watch.Writer.TryWrite(Event("MODIFIED", Item("a", "9", "2", uid: "u2")));
            await Wait.UntilAsync(() => _told.Count == 3);
            Assert.Equal(["Added a 1 initial", "Deleted a 1", "Added a 2"], _told);
        });
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_does_not_hide_the_others()
    {
        const string Bad = """{"metadata":{"name":"bad","namespace":"ns","resourceVersion":"4","uid":"ubad"},"data":[1]}""";
        _list = List("5", Item("a", "3", "1"), Bad, Item("b", "4", "1"));
        await RunAsync(async informer =>
        {
            Assert.Equal(2, informer.Cache.Count);
            Channel<string> watch = await _watches.Reader.ReadAsync();
            watch.Writer.TryWrite(Event("MODIFIED", Bad.Replace("bad", "a")) + Event("MODIFIED", Bad) + Event("ADDED", Item("c", "9", "1")));
            await Wait.UntilAsync(() => _told.Contains("Added c 1"));
            Assert.Equal(["b", "c"], informer.Cache.List().Select(map => map.Metadata.Name!).Order());
        });
    }

    [Fact]
    public async Task A_server_that_fails_is_asked_again_after_a_pause()
    {
        int failures = 3;
        _interfere = () => failures-- > 0 ? ScriptedServer.Failure(500, "InternalError") : null;
        await RunAsync(_ => Task.CompletedTask);
        Assert.Equal(4, Server.Requests.Count(request => request.Contains("limit=")));
    }

    [Fact]
    public async Task A_resync_hands_out_everything_again()
    {
        _list = List("5", Item("a", "3", "1"));
        await RunAsync(async _ =>
        {
            Channel<string> watch = await _watches.Reader.ReadAsync();
            _time.Advance(TimeSpan.FromHours(12));
            watch.Writer.Complete();
            await Wait.UntilAsync(() => _told.Count == 2);
            Assert.Equal("Updated a 1 resync", _told[1]);
        });
    }

    private ScriptedServer Server { get; set; } = null!;

    private static string Item(string name, string version, string value, string uid = "u") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"ns","resourceVersion":"{{{version}}}","uid":"{{{uid}}}{{{name}}}"},"data":{"x":"{{{value}}}"}}""";

    private static string List(string version, params string[] items) =>
        $$$"""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', items)}}}]}""";

    private static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}}}""" + "\n";

    private async Task RunAsync(Func<Informer<V1ConfigMap>, Task> test)
    {
        Server = new ScriptedServer((request, _) =>
        {
            if (_interfere() is { } failure) return failure;
            if (!request.RequestUri!.Query.Contains("watch=true")) return ScriptedServer.Json(_list);
            var watch = Channel.CreateUnbounded<string>();
            _watches.Writer.TryWrite(watch);
            return ScriptedServer.Stream(watch);
        });
        using KubernetesClient client = Server.Client(_time);
        var informer = new Informer<V1ConfigMap>(client.Resource<V1ConfigMap>(), new InformerOptions { Namespace = "ns", Time = _time });
        informer.Cache.AddIndex("x", map => map.Data?.Values ?? Enumerable.Empty<string>());
        informer.AddHandler(change => _told.Add(
            $"{change.Type} {change.Object.Metadata.Name} {change.Object.Data?["x"]}{(change.IsInitial ? " initial" : "")}{(change.IsResync ? " resync" : "")}"));
        using var stop = new CancellationTokenSource();
        Task run = informer.RunAsync(stop.Token);
        await _time.AdvanceUntilAsync(() => informer.HasSynced, TimeSpan.FromSeconds(1));
        await test(informer);
        await stop.CancelAsync();
        await run;
    }
}
