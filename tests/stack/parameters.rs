//! Parameters of the template that break a rule: they are refused before anything is made, with a sentence.

use crate::aws_cli::AwsCli;
use crate::folder::RunFolder;
use crate::sam::{STACK, deploy};

/// A wrong value, and words of what is said about it. Of a value that is not in a list, this AWS says so in its own words.
const WRONG: [(&str, &str, &str); 9] = [
    ("GitHubApiUrl", "http://github.example.com", "GitHubApiUrl must be an https:// address"),
    ("GitHubOidcIssuer", "https://token.example.com/", "GitHubOidcIssuer must be an https:// address"),
    ("PublicUrl", "ai-implement.example.com", "PublicUrl must be empty or an https:// address"),
    ("AdminAllow", "octo", "AdminAllow must be empty or a list"),
    ("WorkerConcurrency", "1", "WorkerConcurrency must be a whole number from 2 to 1000"),
    ("MaxReceiveCount", "21", "MaxReceiveCount must be a whole number from 3 to 20"),
    ("AlarmTopicArn", "my-topic", "AlarmTopicArn must be empty or the ARN of a standard SNS topic"),
    ("LogRetentionDays", "31", "LogRetentionDays"),
    ("Architecture", "riscv", "Architecture"),
];

/// Each is refused by name, and nothing is left behind.
pub(crate) async fn that_break_a_rule_are_refused(folder: &RunFolder, aws: &AwsCli<'_>) {
    let (name, value, words) = WRONG[0];
    let ended = deploy(folder, aws.endpoint(), &[(name, value)]).await;
    // What SAM was asked to do comes first, and has the name and the value in it.
    let error = ended.errors.split("Error:").nth(1).unwrap_or_else(|| panic!("{}{}", ended.output, ended.errors));
    assert!(!ended.status.success() && error.contains(words), "{name}={value}: {error}");

    // The others without SAM, which passes CloudFormation's words on, and would upload the code before it does.
    let built = std::fs::read_to_string(folder.at("build/template.yaml")).expect("sam has built it");
    let uploaded = built.lines().map(|line| match line.split_once("CodeUri:") {
        Some((before, _)) => format!("{before}CodeUri: s3://nowhere/nothing\n"),
        None => format!("{line}\n"),
    });
    let template = format!("file://{}", folder.write("template.yaml", &uploaded.collect::<String>()).display());
    for (name, value, words) in WRONG {
        let parameter = format!("ParameterKey={name},ParameterValue={value}");
        let command =
            ["cloudformation", "create-change-set", "--change-set-name", "wrong", "--change-set-type", "CREATE"];
        let more = [
            "--stack-name",
            STACK,
            "--template-body",
            &template,
            "--capabilities",
            "CAPABILITY_IAM",
            "--parameters",
            &parameter,
        ];
        let refused = aws.attempt(&[command.as_slice(), &more].concat()).await.err();
        let error = refused.unwrap_or_else(|| panic!("{name}={value} was taken"));
        assert!(error.contains("ValidationError") && error.contains(words), "{name}={value}: {error}");
    }
    let made = aws.attempt(&["cloudformation", "describe-stack-resources", "--stack-name", STACK]).await;
    match made {
        Ok(stack) => assert_eq!(stack["StackResources"].as_array().map(Vec::len), Some(0), "something was made"),
        Err(error) => assert!(error.contains("does not exist"), "{error}"),
    }
}
