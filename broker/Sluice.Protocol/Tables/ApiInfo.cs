using Sluice.Protocol.Messages;

namespace Sluice.Protocol.Tables;

/// <summary>What the schemas say of an API. Costs nothing to make: it looks into data of the assembly.</summary>
public readonly struct ApiInfo
{
    internal ApiInfo(ApiKey key) => Key = key;

    private ReadOnlySpan<short> Row => GeneratedTables.Rows.Slice((int)Key * GeneratedTables.RowWidth, GeneratedTables.RowWidth);

    /// <summary>The API.</summary>
    public ApiKey Key { get; }

    /// <summary>The API's name, <c>Produce</c> say.</summary>
    public string Name => GeneratedTables.ApiName(Key) ?? Key.ToString();

    /// <summary>The first version of request and response.</summary>
    public short MinVersion => Row[0];

    /// <summary>The last version of request and response.</summary>
    public short MaxVersion => Row[1];

    /// <summary>The last version whose encoding does not change any more.</summary>
    public short MaxStableVersion => (short)(MaxVersion - (Row[4] >> 2));

    /// <summary>The first version of compact encoding; <see cref="short.MaxValue"/> when there is none.</summary>
    public short FirstFlexibleVersion => Row[2];

    /// <summary>Who serves it.</summary>
    public ApiListeners Listeners => (ApiListeners)(Row[4] & 3);

    /// <summary>The codec has this version.</summary>
    public bool Has(short version) => version >= MinVersion && version <= MaxVersion;

    /// <summary>The header before a request of this version, which need not be one that the codec has.</summary>
    public short RequestHeaderVersion(short version) => version >= FirstFlexibleVersion ? (short)2 : (short)1;

    /// <summary>The header before a response of this version.</summary>
    public short ResponseHeaderVersion(short version) => Row[3] >= 0 ? Row[3] : version >= FirstFlexibleVersion ? (short)1 : (short)0;

    /// <summary>A request to be filled or read.</summary>
    public IRequest NewRequest() => GeneratedTables.NewRequest(Key) ?? throw new InvalidOperationException($"no request for {Key}");

    /// <summary>A response to be filled or read.</summary>
    public IResponse NewResponse() => GeneratedTables.NewResponse(Key) ?? throw new InvalidOperationException($"no response for {Key}");
}
