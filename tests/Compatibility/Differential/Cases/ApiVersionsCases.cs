using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class ApiVersionsCases
{
    public static IEnumerable<Case> All =>
    [
        Of("plain", "differential", "1.0"),
        Of("no name", "", "1.0", from: 3),
        Of("a blank in the name", "a b", "1.0", from: 3),
        Of("a name that ends with a dash", "name-", "1.0", from: 3),
        Of("no version", "name", "", from: 3),
        Of("a version with a slash", "name", "1/2", from: 3),
        new(ApiKey.ApiVersions, "of a later version", (_, _) => new ApiVersionsRequest()) { From = 0, To = 0, Spoil = frame => Version(frame, 77) },
        new(ApiKey.ApiVersions, "of a negative version", (_, _) => new ApiVersionsRequest()) { From = 0, To = 0, Spoil = frame => Version(frame, -1) },
    ];

    private static Case Of(string name, string software, string version, short from = 0) => new(
        ApiKey.ApiVersions, name, (_, v) => v < 3 ? new ApiVersionsRequest() : new ApiVersionsRequest { ClientSoftwareName = software, ClientSoftwareVersion = version }) { From = from };

    private static byte[] Version(byte[] frame, short version)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        return frame;
    }
}
