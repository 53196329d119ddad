using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Support;

namespace Sluice.Local.ApiServer.Tests;

public sealed class HttpTests : IAsyncLifetime
{
    private BareApiServer _server = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _server = await BareApiServer.StartAsync();
        _http = Client(_server.Server, _server.Server.Token);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_certificate_or_the_token()
    {
        using var stranger = Client(_server.Server, "wrong");
        var answer = await stranger.GetAsync("/api/v1/namespaces");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Unauthorized", (await Read(answer)).String("reason"));
        Assert.Equal("ok", await stranger.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var body = "{\"data\":{\"a\":\"" + new string('x', 4 << 20) + "\"}}";
        var answer = await Post("/api/v1/namespaces/default/configmaps", body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("RequestEntityTooLarge", (await Read(answer)).String("reason"));
    }

    [Fact]
    public async Task Lists_come_in_pages_of_one_state()
    {
        for (var i = 0; i < 5; i++)
            await CreateMap($"m{i}");
        var first = await Get("/api/v1/namespaces/default/configmaps?limit=2&labelSelector=t");
        Assert.Equal(["m0", "m1"], Names(first));
        await CreateMap("m11");
        var next = await Get($"/api/v1/namespaces/default/configmaps?limit=2&labelSelector=t&continue={Uri.EscapeDataString(first["metadata"].String("continue")!)}");
        Assert.Equal(["m2", "m3"], Names(next));
        Assert.Equal(first["metadata"].String("resourceVersion"), next["metadata"].String("resourceVersion"));
        var last = await Get($"/api/v1/namespaces/default/configmaps?limit=2&labelSelector=t&continue={Uri.EscapeDataString(next["metadata"].String("continue")!)}");
        Assert.Equal(["m4"], Names(last));
        Assert.Null(last["metadata"].String("continue"));
    }

    [Fact]
    public async Task A_watch_begins_with_the_state_then_a_bookmark_then_changes()
    {
        await CreateMap("a");
        using var watch = await Watch("/api/v1/namespaces/default/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=t");
        Assert.Equal("ADDED a", await watch.Next());
        var bookmark = await watch.NextEvent();
        Assert.Equal("BOOKMARK", bookmark.String("type"));
        Assert.Equal("true", Json.AsString(bookmark["object"].At("metadata", "annotations", "k8s.io/initial-events-end")));
        await CreateMap("b");
        Assert.Equal("ADDED b", await watch.Next());
        await Patch("/api/v1/namespaces/default/configmaps/b", """{"data":{"x":"1"}}""");
        Assert.Equal("MODIFIED b", await watch.Next());
        await Patch("/api/v1/namespaces/default/configmaps/b", """{"metadata":{"labels":null}}""");
        Assert.Equal("DELETED b", await watch.Next());
        await _http.DeleteAsync("/api/v1/namespaces/default/configmaps/a");
        Assert.Equal("DELETED a", await watch.Next());
    }

    [Fact]
    public async Task A_watch_from_a_version_tells_what_came_after()
    {
        var list = await Get("/api/v1/namespaces/default/configmaps");
        await CreateMap("a");
        // With the label: the namespace gets a map of its own at any time.
        using var watch = await Watch($"/api/v1/namespaces/default/configmaps?watch=true&labelSelector=t&resourceVersion={list["metadata"].String("resourceVersion")}");
        Assert.Equal("ADDED a", await watch.Next());
    }

    [Fact]
    public async Task A_watch_from_a_version_that_is_forgotten_has_expired()
    {
        for (var i = 0; i < 2100; i++)
            await Patch("/api/v1/namespaces/kube-public", $$$$"""{"metadata":{"annotations":{"i":"{{{{i}}}}"}}}""");
        var answer = await _http.GetAsync("/api/v1/namespaces?watch=true&resourceVersion=1");
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal("Expired", (await Read(answer)).String("reason"));
    }

    [Fact]
    public async Task Writers_that_name_no_version_do_not_conflict_with_each_other()
    {
        await CreateMap("a");
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Patch("/api/v1/namespaces/default/configmaps/a", $$$$"""{"data":{"k{{{{i}}}}":"v"}}""")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(31, (await Get("/api/v1/namespaces/default/configmaps/a")).Object("data")!.Count);
    }

    [Fact]
    public async Task Writers_that_name_a_version_win_once()
    {
        await CreateMap("a");
        var current = await Get("/api/v1/namespaces/default/configmaps/a");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
        {
            var mine = current.Copy();
            mine["data"] = new JsonObject { ["i"] = $"{i}" };
            return Send(HttpMethod.Put, "/api/v1/namespaces/default/configmaps/a", Json.ToText(mine), "application/json");
        }));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(9, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_update_that_changes_nothing_makes_no_version()
    {
        await CreateMap("a");
        var before = await Get("/api/v1/namespaces/default/configmaps/a");
        await Patch("/api/v1/namespaces/default/configmaps/a", """{"data":{"x":"y"}}""");
        Assert.Equal(before["metadata"].String("resourceVersion"), (await Get("/api/v1/namespaces/default/configmaps/a"))["metadata"].String("resourceVersion"));
    }

    [Fact]
    public async Task Answers_can_be_yaml_and_requests_too()
    {
        var answer = await Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", "metadata: {name: y}\ndata: {a: 'true'}\n", "application/yaml");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/default/configmaps/y");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/yaml"));
        var text = await (await _http.SendAsync(request)).Content.ReadAsStringAsync();
        Assert.Contains("a: \"true\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_alone_can_be_asked_for()
    {
        await CreateMap("a");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/default/configmaps/a");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        var item = await Read(await _http.SendAsync(request));
        Assert.Equal("PartialObjectMetadata", item.String("kind"));
        Assert.Null(item["data"]);
    }

    [Fact]
    public async Task What_is_not_offered_is_refused_by_name()
    {
        var answer = await _http.PostAsync("/api/v1/namespaces/default/pods/x/exec", null);
        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        Assert.Contains("pods/exec", (await Read(answer)).String("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_namespace_takes_its_objects_along()
    {
        await Post("/api/v1/namespaces", """{"metadata":{"name":"n"}}""");
        await Post("/api/v1/namespaces/n/configmaps", """{"metadata":{"name":"held","finalizers":["example.com/hold"]}}""");
        await _http.DeleteAsync("/api/v1/namespaces/n");
        var refused = await Post("/api/v1/namespaces/n/configmaps", """{"metadata":{"name":"late"}}""");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await Wait.UntilAsync(async () => (await Get("/api/v1/namespaces/n/configmaps"))["items"]!.AsArray().Count == 1);
        Assert.Equal("Terminating", (await Get("/api/v1/namespaces/n"))["status"].String("phase"));
        await Patch("/api/v1/namespaces/n/configmaps/held", """{"metadata":{"finalizers":null}}""");
        await Wait.UntilAsync(async () => (await _http.GetAsync("/api/v1/namespaces/n")).StatusCode == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_deleted_pod_that_runs_waits_for_its_agent()
    {
        await Post("/api/v1/namespaces/default/pods", """{"metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"a","image":"x"}]}}""");
        var marked = await Read(await _http.DeleteAsync("/api/v1/namespaces/default/pods/p"));
        Assert.Equal(30, marked["metadata"].Long("deletionGracePeriodSeconds"));
        Assert.NotNull(marked["metadata"]!["deletionTimestamp"]);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/api/v1/namespaces/default/pods/p")).StatusCode);
        await Send(HttpMethod.Delete, "/api/v1/namespaces/default/pods/p", """{"gracePeriodSeconds":0}""", "application/json");
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/api/v1/namespaces/default/pods/p")).StatusCode);
    }

    [Fact]
    public async Task An_object_whose_owner_never_was_is_collected()
    {
        await Post("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"o","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"00000000-0000-0000-0000-000000000000"}]}}""");
        await Wait.UntilAsync(async () => (await _http.GetAsync("/api/v1/namespaces/default/configmaps/o")).StatusCode == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Random_bytes_get_an_error_and_never_a_failure()
    {
        var random = new Random(1);
        string[] types = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"];
        await CreateMap("a");
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            if (i % 3 == 0)
                bytes = [.. "k8s\0"u8, .. bytes];
            var type = types[i % types.Length];
            using var request = new HttpRequestMessage(type.Contains("patch", StringComparison.Ordinal) ? HttpMethod.Patch : HttpMethod.Post, type.Contains("patch", StringComparison.Ordinal) ? "/api/v1/namespaces/default/configmaps/a?fieldManager=x" : "/api/v1/namespaces/default/configmaps");
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            var answer = await _http.SendAsync(request);
            Assert.InRange((int)answer.StatusCode, 200, 499);
        }
    }

    private static HttpClient Client(LocalApiServer server, string token)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Path.GetDirectoryName(server.KubeConfigPath)!, "pki", "ca.crt"));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        var client = new HttpClient(handler) { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private async Task CreateMap(string name)
    {
        var answer = await Post("/api/v1/namespaces/default/configmaps", $$$"""{"metadata":{"name":"{{{name}}}","labels":{"t":""}},"data":{"x":"y"}}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private async Task<JsonObject> Get(string path) => await Read(await _http.GetAsync(path));

    private Task<HttpResponseMessage> Post(string path, string body) => Send(HttpMethod.Post, path, body, "application/json");

    private Task<HttpResponseMessage> Patch(string path, string body) => Send(HttpMethod.Patch, path, body, "application/merge-patch+json");

    private Task<HttpResponseMessage> Send(HttpMethod method, string path, string body, string type) =>
        _http.SendAsync(new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type)) });

    private static async Task<JsonObject> Read(HttpResponseMessage answer) => DocumentReader.ReadObject(await answer.Content.ReadAsByteArrayAsync());

    private static IEnumerable<string> Names(JsonObject list) => list.Array("items").Objects().Select(item => item["metadata"].String("name")!);

    private async Task<WatchReader> Watch(string path) =>
        new(new StreamReader(await (await _http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead)).Content.ReadAsStreamAsync()));

    private sealed class WatchReader(StreamReader reader) : IDisposable
    {
        public async Task<JsonObject> NextEvent()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            return DocumentReader.ReadObject((await reader.ReadLineAsync(limit.Token))!);
        }

        public async Task<string> Next()
        {
            var change = await NextEvent();
            return $"{change.String("type")} {change["object"]!["metadata"].String("name")}";
        }

        public void Dispose() => reader.Dispose();
    }
}
