using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Api;

public sealed class ApiVersionsTests
{
    private static ApiVersionsRequest Of(string name = "test-client", string version = "1.0-SNAPSHOT") => new() { ClientSoftwareName = name, ClientSoftwareVersion = version };

    [Fact]
    public void The_table_is_that_of_the_handlers()
    {
        using var node = new TestNode();
        ApiVersionsResponse response = node.Ask(Of(), 4);
        Assert.Equal(node.Shard.Apis.Handlers.Count, response.ApiKeys.Count);
        Assert.Equal((0, 13), response.ApiKeys.Where(k => k.ApiKey == (short)ApiKey.Metadata).Select(k => ((int)k.MinVersion, (int)k.MaxVersion)).Single());
        Assert.Equal((0, 5), response.ApiKeys.Where(k => k.ApiKey == (short)ApiKey.InitProducerId).Select(k => ((int)k.MinVersion, (int)k.MaxVersion)).Single());
        Assert.Equal((0, 13), response.ApiKeys.Where(k => k.ApiKey == (short)ApiKey.Produce).Select(k => ((int)k.MinVersion, (int)k.MaxVersion)).Single());
        foreach (ApiVersionsResponse.ApiVersion api in response.ApiKeys)
        {
            ApiInfo info = ApiTable.Get((ApiKey)api.ApiKey);
            short oldest = info.Key == ApiKey.Produce ? (short)0 : info.MinVersion; // KAFKA-18659
            Assert.True(api.MinVersion >= oldest && api.MaxVersion <= info.MaxVersion);
        }
    }

    [Fact]
    public void Features_are_told_as_the_version_allows()
    {
        using var node = new TestNode();
        ApiVersionsResponse response = node.Ask(Of(), 4);
        Assert.Equal(["kraft.version 0-0", "metadata.version 30-30"], response.SupportedFeatures.Select(f => $"{f.Name} {f.MinVersion}-{f.MaxVersion}"));
        Assert.Equal(["metadata.version 30"], response.FinalizedFeatures.Select(f => $"{f.Name} {f.MaxVersionLevel}"));
        Assert.Equal(node.Image.Offset, response.FinalizedFeaturesEpoch);
        Assert.Equal(["metadata.version"], node.Ask(Of(), 3).SupportedFeatures.Select(f => f.Name));
        Assert.NotEmpty(node.Ask(Of(), 0).ApiKeys);
    }

    [Theory]
    [InlineData("-bad", "1")]
    [InlineData("", "")]
    [InlineData("x/y", "1")]
    [InlineData("x", "1.")]
    [InlineData("x\n", "1")]
    public void A_client_with_an_unreadable_name_is_refused(string name, string version)
    {
        using var node = new TestNode();
        ApiVersionsResponse response = node.Ask(Of(name, version), 3);
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
        Assert.Empty(response.ApiKeys);
        Assert.Equal(ErrorCode.None, node.Ask(Of(name, version), 2).ErrorCode);
    }

    [Fact]
    public void A_version_that_is_not_known_is_answered_in_version_0_with_the_table()
    {
        using var node = new TestNode();
        var context = new FutureRequest();
        node.Shard.Handle(context);
        Assert.Equal(0, context.AnsweredVersion);
        Assert.Equal(ErrorCode.UnsupportedVersion, context.Answer!.ErrorCode);
        Assert.Contains(context.Answer.ApiKeys, k => k.ApiKey == (short)ApiKey.ApiVersions);
    }

    private sealed class FutureRequest : Core.Requests.RequestContext
    {
        public FutureRequest()
        {
            Key = ApiKey.ApiVersions;
            Version = 99;
            Body = new byte[] { 1, 2, 3 };
        }

        public ApiVersionsResponse? Answer { get; private set; }

        public short AnsweredVersion { get; private set; } = -1;

        public override void Respond(IMessage response, short version) => (Answer, AnsweredVersion) = ((ApiVersionsResponse)response, version);

        public override void RespondNothing() => Assert.Fail("no answer");

        public override void CloseConnection(string reason) => Assert.Fail(reason);
    }
}
