using Sluice.Core.Requests;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>A request whose answer a test looks at, read back from its bytes.</summary>
internal sealed class TestRequest : RequestContext
{
    public TestRequest(IRequest request, short version, string? clientId = "test", byte[]? body = null)
    {
        Key = request.ApiKey;
        Version = version;
        ClientId = clientId;
        Body = body ?? request.ToBytes(version);
    }

    public IMessage? Response { get; private set; }

    public string? ClosedBecause { get; private set; }

    public bool HasNoAnswer { get; private set; }

    public string? FailedBecause { get; private set; }

    public bool IsCompleted => Response is not null || ClosedBecause is not null || HasNoAnswer || FailedBecause is not null;

    public override void Respond(IMessage response, short version)
    {
        Assert.False(IsCompleted, "the request was completed twice");
        byte[] bytes = response.ToBytes(version);
        using (ResponseFrame.Encode(response, version, CorrelationId, ApiTable.Get(Key).ResponseHeaderVersion(version)))
        {
            // Encoding takes the files over, disposing lets them go, as the network does.
        }
        Response = ApiTable.Get(Key).NewResponse();
        Response.ReadAll(bytes.AsMemory(), version);
    }

    public override void RespondNothing()
    {
        Assert.False(IsCompleted, "the request was completed twice");
        HasNoAnswer = true;
    }

    public override void Fail(string reason) => FailedBecause = reason;

    public override void CloseConnection(string reason)
    {
        Assert.False(IsCompleted, "the request was completed twice");
        ClosedBecause = reason;
    }
}
