using System.Text.Json;
using LibrdkafkaDriver;

// Drives librdkafka through Confluent.Kafka, as `LibrdkafkaDriver VERB OPTIONS`; options are JSON, and each line of output is a JSON object.
// A process of its own, so that a test can kill a member or a writer as a crash does. The verbs are those of all clients' drivers:
//
//   produce  sends the records of a file, all acknowledged
//   consume  prints a number of records of topics from their start
//   member   is a member of a group till it is told to stop (SIGTERM) or killed; a record is printed before its offset is committed
//   write    sends numbers, in batches, till standard input ends; prints which were acknowledged
//   admin    makes the admin calls of the scenario and prints their results
//
// And of this client alone:
//
//   transact begins to use transactions and prints how that ended, and after how many seconds
(string verb, string options) = (args[0], args[1]);
T Options<T>() => JsonSerializer.Deserialize<T>(options, JsonSerializerOptions.Web)!;
switch (verb)
{
    case "produce": Produce.Run(Options<ProduceOptions>()); break;
    case "consume": Consume.Run(Options<ConsumeOptions>()); break;
    case "member": Member.Run(Options<MemberOptions>()); break;
    case "write": Write.Run(Options<WriteOptions>()); break;
    case "admin": await Admin.RunAsync(Options<AdminOptions>()); break;
    case "transact": Transact.Run(Options<TransactOptions>()); break;
    default: throw new ArgumentException($"there is no verb {verb}");
}
