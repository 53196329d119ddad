using System.Text;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Http;

namespace Sluice.Local.ApiServer.OpenApi;

/// <summary>
/// The older form of the schemas, which kubectl still reads before it sends a list of kind List. The document names no types: a
/// client that finds none leaves the checking to the server, which does it either way. All schemas are in OpenAPI v3.
/// </summary>
internal static class OpenApiTwo
{
    private const string Title = "Sluice local control plane; its schemas are at /openapi/v3";
    private const string Version = "v1.36";
    private const string ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private static readonly byte[] Protobuf = [.. Field(1, "2.0"u8), .. Field(2, [.. Field(1, Encoding.UTF8.GetBytes(Title)), .. Field(2, Encoding.UTF8.GetBytes(Version))])];

    private static readonly byte[] JsonText = Encoding.UTF8.GetBytes($$$"""{"swagger":"2.0","info":{"title":"{{{Title}}}","version":"{{{Version}}}"},"paths":{},"definitions":{}}""");

    public static Task AnswerAsync(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal)
        ? Answers.BytesAsync(http, 200, ProtobufType, Protobuf)
        : Answers.BytesAsync(http, 200, "application/json", JsonText);

    /// <summary>A length-delimited field of a protobuf message with fewer than 128 bytes.</summary>
    private static byte[] Field(int number, ReadOnlySpan<byte> value) => [(byte)((number << 3) | 2), checked((byte)value.Length), .. value];
}
